/* hal_net_*: one TCP stream on lwIP's own interface. The Arduino clients wait inside connect(),
 * some of them for seconds; this one never does. lwIP calls back only while the loop yields, so
 * nothing here needs a lock. What was received stays in lwIP's buffers until it is read, and the
 * window opens only then: a slow reader slows the sender. */
#include <Arduino.h>
#include <lwip/dns.h>
#include <lwip/pbuf.h>
#include <lwip/tcp.h>

#include "board.h"
#include "runtime-c.h"

namespace {

enum class State : uint8_t { CLOSED, RESOLVING, CONNECTING, OPEN, ENDED };

struct {
  tcp_pcb *pcb;
  pbuf *received;
  /* Counts openings: an answer of the resolver to an earlier one is none of ours. */
  uintptr_t opening;
  uint16_t port;
  State state;
  bool finished; /* the other side sends no more */
  bool refused;
} stream;

err_t on_connected(void *, tcp_pcb *, err_t) {
  stream.state = State::OPEN;
  return ERR_OK;
}

err_t on_received(void *, tcp_pcb *, pbuf *data, err_t) {
  if (data == nullptr) {
    stream.finished = true;
  } else if (stream.received == nullptr) {
    stream.received = data;
  } else {
    pbuf_cat(stream.received, data);
  }
  return ERR_OK;
}

/* lwIP has freed the pcb already. */
void on_error(void *, err_t) {
  stream.pcb = nullptr;
  stream.state = State::ENDED;
}

void connect_to(const ip_addr_t *address) {
  tcp_pcb *pcb = tcp_new();
  stream.pcb = pcb;
  stream.state = State::ENDED;
  if (pcb == nullptr) return;
  tcp_recv(pcb, on_received);
  tcp_err(pcb, on_error);
  /* A state must not wait for the acknowledgement of the one before. */
  tcp_nagle_disable(pcb);
  stream.state = State::CONNECTING;
  if (tcp_connect(pcb, address, stream.port, on_connected) != ERR_OK) {
    hal_net_close();
    stream.state = State::ENDED;
  }
}

void on_resolved(const char *, const ip_addr_t *address, void *opening) {
  const bool ours = reinterpret_cast<uintptr_t>(opening) == stream.opening;
  if (!ours || stream.state != State::RESOLVING) return;
  if (address == nullptr) {
    stream.state = State::ENDED;
  } else {
    connect_to(address);
  }
}

/* A stream outlives neither the network under it nor its own end. */
bool is_dead() {
  return stream.state == State::CLOSED || stream.state == State::ENDED || !wifi_is_up();
}

int32_t end() {
  hal_net_close();
  return -1;
}

}  // namespace

void stream_refuse() { stream.refused = true; }

bool stream_readable() { return stream.received != nullptr || stream.finished; }

extern "C" int32_t hal_net_open(const char *host, uint16_t port) {
  hal_net_close();
  if (stream.refused || !wifi_is_up()) return -1;
  stream.opening++;
  stream.port = port;
  stream.state = State::RESOLVING;
  ip_addr_t address;
  void *opening = reinterpret_cast<void *>(stream.opening);
  const err_t answer = dns_gethostbyname(host, &address, on_resolved, opening);
  if (answer == ERR_OK) connect_to(&address);
  /* Told by the next read or write, so that it counts as an attempt; -1 here is "no network". */
  if (answer != ERR_OK && answer != ERR_INPROGRESS) stream.state = State::ENDED;
  return 0;
}

extern "C" int32_t hal_net_read(uint8_t *to, uint32_t size) {
  if (stream.received == nullptr) return stream.finished || is_dead() ? end() : 0;
  const uint16_t want = static_cast<uint16_t>(size < 0xFFFF ? size : 0xFFFF);
  const uint16_t count = pbuf_copy_partial(stream.received, to, want, 0);
  stream.received = pbuf_free_header(stream.received, count);
  if (stream.pcb != nullptr) tcp_recved(stream.pcb, count);
  return count;
}

extern "C" int32_t hal_net_write(const uint8_t *from, uint32_t length) {
  if (is_dead()) return end();
  if (stream.state != State::OPEN) return 0;
  const uint32_t room = tcp_sndbuf(stream.pcb);
  const uint16_t count = static_cast<uint16_t>(length < room ? length : room);
  if (count == 0) return 0;
  const err_t answer = tcp_write(stream.pcb, from, count, TCP_WRITE_FLAG_COPY);
  if (answer == ERR_MEM) return 0;
  if (answer != ERR_OK) return end();
  tcp_output(stream.pcb);
  return count;
}

extern "C" void hal_net_close(void) {
  if (stream.pcb != nullptr) {
    /* Unhooked first: an abort tells on_error, which would take this for the other side's doing. */
    tcp_recv(stream.pcb, nullptr);
    tcp_err(stream.pcb, nullptr);
    tcp_abort(stream.pcb);
  }
  if (stream.received != nullptr) pbuf_free(stream.received);
  stream.pcb = nullptr;
  stream.received = nullptr;
  stream.finished = false;
  stream.state = State::CLOSED;
}

/* Wi-Fi station, resolver, and lwIP's callback interface for one connection. Its callbacks run
 * while the loop yields, as on the chip. */
#include <Arduino.h>
#include <ESP8266WiFi.h>
#include <lwip/dns.h>
#include <lwip/tcp.h>
#include <stdio.h>

#include "world.h"

ESP8266WiFiClass WiFi;

namespace {

constexpr size_t MAX_CALLS = 8;
void (*calls[MAX_CALLS])();
size_t call_count = 0;

struct {
  bool up;
  int8_t rssi;
  int8_t scan; /* -2 none, -1 running, else networks found */
  bss_info networks[8];
  int8_t network_count;
} wifi = {false, -67, WIFI_SCAN_FAILED, {}, 0};

struct {
  enum { PENDING, KNOWN, UNKNOWN, BROKEN } answer;
  dns_found_callback found;
  void *argument;
} dns;

struct {
  tcp_pcb pcb;
  bool used;
  bool connected;
  tcp_recv_fn recv;
  tcp_err_fn err;
  tcp_connected_fn on_connected;
  err_t write_answer;
  uint32_t window; /* bytes received and not taken by tcp_recved */
  int pbufs;
} tcp;

const ip_addr_t ADDRESS = {0x0100007F};

void deliver_pbuf(pbuf *data) {
  if (tcp.recv == nullptr) misuse("data for a stream without a receiver");
  tcp.recv(nullptr, &tcp.pcb, data, ERR_OK);
}

void say_resolved() {
  if (dns.found == nullptr) return;
  dns.found("broker", dns.answer == dns.KNOWN ? &ADDRESS : nullptr, dns.argument);
}

void say_connected() {
  if (!tcp.used || tcp.on_connected == nullptr) return;
  tcp.connected = true;
  tcp.on_connected(nullptr, &tcp.pcb, ERR_OK);
}

void say_finished() {
  if (tcp.used) deliver_pbuf(nullptr);
}

void say_reset() {
  if (!tcp.used) return;
  const tcp_err_fn err = tcp.err;
  tcp.used = false;
  tcp.connected = false;
  if (err != nullptr) err(nullptr, ERR_RST);
}

}  // namespace

void at_next_yield(void (*call)()) {
  if (call_count == MAX_CALLS) misuse("too many things at one yield");
  calls[call_count++] = call;
}

void network_yield() {
  const size_t count = call_count;
  void (*now[MAX_CALLS])();
  memcpy(now, calls, sizeof now);
  call_count = 0;
  for (size_t i = 0; i < count; i++) now[i]();
}

void net_deliver(const uint8_t *bytes, size_t length) {
  if (!tcp.used) return;
  pbuf *data = static_cast<pbuf *>(malloc(sizeof(pbuf) + length));
  data->next = nullptr;
  data->payload = data + 1;
  data->len = data->tot_len = static_cast<u16_t>(length);
  memcpy(data->payload, bytes, length);
  tcp.window += static_cast<uint32_t>(length);
  tcp.pbufs++;
  deliver_pbuf(data);
}

/* --- WiFi --- */

void ESP8266WiFiClass::persistent(bool on) { event("wifi persistent %d", on); }
bool ESP8266WiFiClass::mode(WiFiMode_t mode) {
  event("wifi mode %d", mode);
  return true;
}
bool ESP8266WiFiClass::setSleepMode(WiFiSleepType_t type, uint8_t) {
  event("wifi sleep %d", type);
  return true;
}
bool ESP8266WiFiClass::hostname(const char *name) {
  event("wifi host %s", name);
  return true;
}
bool ESP8266WiFiClass::setAutoReconnect(bool on) {
  event("wifi reconnect %d", on);
  return true;
}
wl_status_t ESP8266WiFiClass::begin(const char *ssid, const char *password, int32_t,
                                    const uint8_t *, bool) {
  event("wifi begin %s %s", ssid, password);
  return WL_DISCONNECTED;
}
bool ESP8266WiFiClass::disconnect(bool) {
  event("wifi disconnect");
  wifi.up = false;
  return true;
}
wl_status_t ESP8266WiFiClass::status() { return wifi.up ? WL_CONNECTED : WL_DISCONNECTED; }
int8_t ESP8266WiFiClass::RSSI() { return wifi.rssi; }
int8_t ESP8266WiFiClass::scanNetworks(bool async, bool, uint8, uint8 *) {
  if (!async) misuse("a scan that waits");
  event("wifi scan");
  wifi.scan = WIFI_SCAN_RUNNING;
  return WIFI_SCAN_RUNNING;
}
int8_t ESP8266WiFiClass::scanComplete() { return wifi.scan; }
void ESP8266WiFiClass::scanDelete() {
  event("wifi scan deleted");
  wifi.scan = WIFI_SCAN_FAILED;
}
const bss_info *ESP8266WiFiClass::getScanInfoByIndex(int i) {
  return wifi.scan > i ? &wifi.networks[i] : nullptr;
}

/* --- lwIP --- */

extern "C" {
err_t dns_gethostbyname(const char *name, ip_addr_t *address, dns_found_callback found,
                        void *argument) {
  event("dns %s", name);
  dns.found = found;
  dns.argument = argument;
  if (dns.answer == dns.BROKEN) return ERR_VAL;
  if (dns.answer != dns.KNOWN) return ERR_INPROGRESS;
  *address = ADDRESS;
  return ERR_OK;
}

struct tcp_pcb *tcp_new(void) {
  if (tcp.used) misuse("a second connection");
  tcp = {};
  tcp.used = true;
  tcp.pcb.snd_buf = 1072;
  return &tcp.pcb;
}
void tcp_recv(struct tcp_pcb *, tcp_recv_fn recv) { tcp.recv = recv; }
void tcp_err(struct tcp_pcb *, tcp_err_fn err) { tcp.err = err; }
void tcp_recved(struct tcp_pcb *, u16_t len) {
  if (len > tcp.window) misuse("more taken from the window than came");
  tcp.window -= len;
}
err_t tcp_connect(struct tcp_pcb *, const ip_addr_t *, u16_t port, tcp_connected_fn connected) {
  event("tcp connect %u nodelay %d", port, (tcp.pcb.flags & TF_NODELAY) != 0);
  tcp.on_connected = connected;
  if (broker_accepts()) at_next_yield(say_connected);
  return ERR_OK;
}
void tcp_abort(struct tcp_pcb *) {
  event("tcp abort");
  if (tcp.err != nullptr) misuse("an abort that calls back");
  tcp.used = false;
  tcp.connected = false;
}
err_t tcp_write(struct tcp_pcb *, const void *data, u16_t len, u8_t flags) {
  if (!tcp.connected) misuse("a write before the connection is there");
  if (flags != TCP_WRITE_FLAG_COPY) misuse("a write that keeps the caller's bytes");
  if (len > tcp.pcb.snd_buf) misuse("a write of more than fits");
  if (tcp.write_answer != ERR_OK) return tcp.write_answer;
  tcp.pcb.snd_buf = static_cast<u16_t>(tcp.pcb.snd_buf - len);
  broker_take(static_cast<const uint8_t *>(data), len);
  return ERR_OK;
}
err_t tcp_output(struct tcp_pcb *) {
  /* All that was sent is acknowledged at once. */
  if (tcp.pcb.snd_buf > 0) tcp.pcb.snd_buf = 1072;
  return ERR_OK;
}

struct pbuf *pbuf_free_header(struct pbuf *q, u16_t size) {
  while (q != nullptr && size >= q->len) {
    pbuf *next = q->next;
    size = static_cast<u16_t>(size - q->len);
    free(q);
    tcp.pbufs--;
    q = next;
  }
  if (q != nullptr) {
    q->payload = static_cast<uint8_t *>(q->payload) + size;
    q->len = static_cast<u16_t>(q->len - size);
    q->tot_len = static_cast<u16_t>(q->tot_len - size);
  }
  return q;
}
u8_t pbuf_free(struct pbuf *p) {
  while (p != nullptr) {
    pbuf *next = p->next;
    free(p);
    tcp.pbufs--;
    p = next;
  }
  return 1;
}
void pbuf_cat(struct pbuf *head, struct pbuf *tail) {
  for (; head->next != nullptr; head = head->next) {
    head->tot_len = static_cast<u16_t>(head->tot_len + tail->tot_len);
  }
  head->tot_len = static_cast<u16_t>(head->tot_len + tail->tot_len);
  head->next = tail;
}
u16_t pbuf_copy_partial(const struct pbuf *p, void *to, u16_t len, u16_t offset) {
  if (offset != 0) misuse("an offset");
  uint8_t *bytes = static_cast<uint8_t *>(to);
  u16_t copied = 0;
  for (; p != nullptr && copied < len; p = p->next) {
    const u16_t part = static_cast<u16_t>(p->len < len - copied ? p->len : len - copied);
    memcpy(bytes + copied, p->payload, part);
    copied = static_cast<u16_t>(copied + part);
  }
  return copied;
}
}

/* --- the driver's side --- */

static void add_network(char *argument) {
  int rssi = 0, open = 0;
  char ssid[33];
  if (sscanf(argument, "%32s %d %d", ssid, &rssi, &open) != 3) misuse(argument);
  bss_info *network = &wifi.networks[wifi.network_count++];
  network->ssid_len = static_cast<uint8>(strlen(ssid));
  memcpy(network->ssid, ssid, network->ssid_len);
  network->rssi = static_cast<sint8>(rssi);
  network->authmode = open != 0 ? AUTH_OPEN : AUTH_WPA2_PSK;
}

static bool tcp_command(const char *name, char *argument) {
  const int value = atoi(argument);
  if (strcmp(name, "tcp-connected") == 0) {
    at_next_yield(say_connected);
  } else if (strcmp(name, "tcp-data") == 0) {
    uint8_t bytes[512];
    net_deliver(bytes, from_hex(argument, bytes, sizeof bytes));
  } else if (strcmp(name, "tcp-end") == 0) {
    at_next_yield(say_finished);
  } else if (strcmp(name, "tcp-reset") == 0) {
    at_next_yield(say_reset);
  } else if (strcmp(name, "tcp-room") == 0) {
    tcp.pcb.snd_buf = static_cast<u16_t>(value);
  } else if (strcmp(name, "tcp-write") == 0) {
    tcp.write_answer = static_cast<err_t>(value);
  } else if (strcmp(name, "tcp-state") == 0) {
    printf("= used %d window %u pbufs %d\n", tcp.used, tcp.window, tcp.pbufs);
  } else {
    return false;
  }
  return true;
}

bool net_command(const char *name, char *argument) {
  if (strcmp(name, "wifi") == 0) {
    wifi.up = strcmp(argument, "up") == 0;
  } else if (strcmp(name, "rssi") == 0) {
    wifi.rssi = static_cast<int8_t>(atoi(argument));
  } else if (strcmp(name, "network") == 0) {
    add_network(argument);
  } else if (strcmp(name, "scanned") == 0) {
    wifi.scan = strcmp(argument, "failed") == 0 ? WIFI_SCAN_FAILED : wifi.network_count;
  } else if (strcmp(name, "dns") == 0) {
    dns.answer = strcmp(argument, "known") == 0    ? dns.KNOWN
                 : strcmp(argument, "broken") == 0 ? dns.BROKEN
                                                   : dns.PENDING;
  } else if (strcmp(name, "dns-answer") == 0) {
    dns.answer = strcmp(argument, "known") == 0 ? dns.KNOWN : dns.UNKNOWN;
    at_next_yield(say_resolved);
  } else {
    return tcp_command(name, argument);
  }
  return true;
}

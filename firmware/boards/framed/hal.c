/* The board's hardware is the simulator: every call is a request to it. */
#include "hal.h"

#include <string.h>

#include "link.h"
#include "port.h"

uint32_t hal_now_ms(void) { return link_now(); }

void hal_idle(uint32_t ms, int32_t linked) {
  uint8_t head[5];
  uint8_t flags = 0;
  put_u32(head, ms);
  head[4] = linked != 0;
  struct link_part part = {head, sizeof head};
  struct frame_sink sink = {&flags, 1};
  link_ask(FRAME_IDLE, &part, 1, &sink, 1);
  if ((flags & FRAME_IDLE_STATS) != 0) framed_stats();
}

void hal_shift(const uint8_t *out, uint8_t *back, uint32_t count, uint32_t flags) {
  uint8_t head = (uint8_t)flags;
  struct link_part parts[] = {{&head, 1}, {out, count}};
  struct frame_sink sink = {back, count};
  link_ask(FRAME_SHIFT, parts, 2, &sink, 1);
}

int32_t hal_figure(int32_t what) {
  int32_t value;
  if (port_figure(what, &value)) return value;
  uint8_t head[4];
  put_u32(head, (uint32_t)what);
  struct link_part part = {head, sizeof head};
  return link_number(FRAME_FIGURE, &part, 1);
}

int32_t hal_read(uint32_t space, uint32_t offset, void *to, uint32_t length) {
  uint8_t head[7];
  uint8_t answer[4];
  if (length > FRAME_PAYLOAD_MAX - 8) return -1;
  head[0] = (uint8_t)space;
  put_u32(head + 1, offset);
  put_u16(head + 5, length);
  struct link_part part = {head, sizeof head};
  struct frame_sink sinks[] = {{answer, sizeof answer}, {to, length}};
  uint32_t got = link_ask(FRAME_READ, &part, 1, sinks, 2);
  return got == length + sizeof answer ? (int32_t)get_u32(answer) : -1;
}

int32_t hal_write(uint32_t space, uint32_t offset, const void *from, uint32_t length) {
  uint8_t head[5];
  head[0] = (uint8_t)space;
  put_u32(head + 1, offset);
  if (length > FRAME_PAYLOAD_MAX - 9) return -1;
  if (space == HAL_RTC) {
    struct link_part parts[] = {{head + 1, 4}, {from, length}};
    link_tell(FRAME_WRITE_RTC, parts, 2);
    return 0;
  }
  struct link_part parts[] = {{head, sizeof head}, {from, length}};
  return link_number(FRAME_WRITE, parts, 2);
}

int32_t hal_erase(uint32_t offset) {
  uint8_t head[4];
  put_u32(head, offset);
  struct link_part part = {head, sizeof head};
  return link_number(FRAME_ERASE, &part, 1);
}

int32_t hal_net_open(const char *host, uint16_t port) {
  uint8_t head[2];
  put_u16(head, port);
  struct link_part parts[] = {{head, sizeof head}, {host, (uint32_t)strlen(host)}};
  return link_number(FRAME_NET_OPEN, parts, 2);
}

int32_t hal_net_read(uint8_t *to, uint32_t size) {
  uint8_t head[2];
  uint8_t answer[4];
  put_u16(head, size < FRAME_PAYLOAD_MAX - 8 ? size : FRAME_PAYLOAD_MAX - 8);
  struct link_part part = {head, sizeof head};
  struct frame_sink sinks[] = {{answer, sizeof answer}, {to, size}};
  uint32_t got = link_ask(FRAME_NET_READ, &part, 1, sinks, 2);
  return got >= sizeof answer ? (int32_t)get_u32(answer) : -1;
}

int32_t hal_net_write(const uint8_t *from, uint32_t length) {
  struct link_part part = {from, length < FRAME_PAYLOAD_MAX - 8 ? length : FRAME_PAYLOAD_MAX - 8};
  return link_number(FRAME_NET_WRITE, &part, 1);
}

void hal_net_close(void) { link_tell(FRAME_NET_CLOSE, 0, 0); }

void hal_log(int32_t level, const char *text, uint32_t length) {
  uint8_t head[4];
  put_u32(head, (uint32_t)level);
  uint32_t most = FRAME_PAYLOAD_MAX - 8;
  struct link_part parts[] = {{head, sizeof head}, {text, length < most ? length : most}};
  link_tell(FRAME_LOG, parts, 2);
}

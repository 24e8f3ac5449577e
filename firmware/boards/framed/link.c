#include "link.h"

#include "port.h"

enum { BUFFER = 64, SINKS_MAX = 3, EXIT_DAMAGED = 3, EXIT_GONE = 4 };

static uint32_t now_ms;
/* Cycles that went into framing: they are the lane's, not the firmware's. */
static uint32_t own_cycles;
/* In both directions: a frame is written whole before its reply is read. */
static uint8_t buffer[BUFFER];
static uint32_t fill;
static uint16_t crc;

void put_u16(uint8_t *to, uint32_t value) {
  to[0] = (uint8_t)value;
  to[1] = (uint8_t)(value >> 8);
}

uint32_t link_now(void) { return now_ms; }

static void flush(void) {
  if (fill > 0) port_write(buffer, fill);
  fill = 0;
}

static void put(const uint8_t *bytes, uint32_t length) {
  for (uint32_t i = 0; i < length; i++) {
    crc = frame_crc(crc, bytes[i]);
    if (fill == BUFFER) flush();
    buffer[fill++] = bytes[i];
  }
}

static void put_tail(void) {
  uint8_t tail[FRAME_TAIL_BYTES];
  put_u16(tail, crc);
  put(tail, sizeof tail);
  flush();
}

static void send(uint8_t type, const struct link_part *parts, uint32_t count, uint32_t since) {
  uint8_t head[FRAME_HEAD_BYTES + 4];
  uint32_t length = 4;
  for (uint32_t i = 0; i < count; i++) length += parts[i].length;
  head[0] = FRAME_START;
  head[1] = type;
  put_u16(head + 2, length);
  put_u32(head + 4, since - own_cycles);
  fill = 0;
  put(head, 1);
  crc = FRAME_CRC_BEGIN;
  put(head + 1, sizeof head - 1);
  for (uint32_t i = 0; i < count; i++) put(parts[i].bytes, parts[i].length);
  put_tail();
}

/* Only one reply is under way, so reading more than a byte at once never takes from another. */
static uint32_t receive(uint8_t type, const struct frame_sink *sinks, uint32_t count) {
  struct frame_reader reader;
  frame_begin(&reader, sinks, (uint8_t)count);
  for (;;) {
    int32_t got = port_read(buffer, BUFFER);
    if (got <= 0) port_exit(EXIT_GONE);
    for (int32_t i = 0; i < got; i++) {
      enum frame_event event = frame_push(&reader, buffer[i]);
      if (event == FRAME_MORE) continue;
      if (event == FRAME_BAD || reader.type != (type | FRAME_REPLY)) port_exit(EXIT_DAMAGED);
      return reader.length;
    }
  }
}

void link_tell(uint8_t type, const struct link_part *parts, uint32_t count) {
  uint32_t since = port_cycles();
  send(type, parts, count, since);
  own_cycles += port_cycles() - since;
}

uint32_t link_ask(uint8_t type, const struct link_part *parts, uint32_t count,
                  const struct frame_sink *sinks, uint32_t sink_count) {
  uint32_t since = port_cycles();
  uint8_t now[4];
  struct frame_sink all[SINKS_MAX] = {{now, sizeof now}, {0, 0}, {0, 0}};
  for (uint32_t i = 0; i < sink_count && i + 1 < SINKS_MAX; i++) all[i + 1] = sinks[i];
  send(type, parts, count, since);
  uint32_t length = receive(type, all, sink_count + 1);
  if (length < sizeof now) port_exit(EXIT_DAMAGED);
  now_ms = get_u32(now);
  own_cycles += port_cycles() - since;
  return length - (uint32_t)sizeof now;
}

int32_t link_number(uint8_t type, const struct link_part *parts, uint32_t count) {
  uint8_t answer[4];
  struct frame_sink sink = {answer, sizeof answer};
  if (link_ask(type, parts, count, &sink, 1) != sizeof answer) port_exit(EXIT_DAMAGED);
  return (int32_t)get_u32(answer);
}

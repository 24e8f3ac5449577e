/* The MQTT client under bytes no broker would send, split anywhere, while its runtime publishes,
 * its network clogs and its time passes. A target for libFuzzer, and for the mutator in
 * mqtt-mutator.c where there is none. An input is four bytes that seed everything but the stream,
 * then the stream. What is wrong calls abort(). */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi.gen.h"
#include "device.gen.h"
#include "hal.h"
#include "mqtt.h"

#define MUST(what) \
  do { \
    if (!(what)) { \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what); \
      abort(); \
    } \
  } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t seed;
static uint32_t now_ms;

static uint32_t dice(uint32_t sides) {
  seed = seed * 1664525u + 1013904223u;
  return (seed >> 8) % sides;
}

/* --- what the client sent, checked as it comes --- */

static struct {
  uint32_t packets;
  uint32_t pubacks;
  uint32_t left;
  uint32_t shift;
  uint8_t first;
  uint8_t phase; /* 0: first byte, 1: length, 2: body */
} sent;

static void sent_packet(void) {
  uint32_t kind = sent.first >> 4;
  if (sent.packets++ == 0) MUST(sent.first == 0x10);
  else MUST(kind == 3 || kind == 4 || kind == 8 || kind == 12);
  if (kind == 3) MUST((sent.first & 0x0e) == 2 && sent.left >= 4);
  if (kind == 4) MUST(sent.first == 0x40 && sent.left == 2);
  if (kind == 8) MUST(sent.first == 0x82 && sent.left >= 5);
  if (kind == 12) MUST(sent.first == 0xc0 && sent.left == 0);
  if (kind == 4) sent.pubacks++;
}

static void sent_byte(uint8_t byte) {
  if (sent.phase == 0) {
    sent.first = byte;
    sent.left = sent.shift = 0;
    sent.phase = 1;
  } else if (sent.phase == 1) {
    sent.left |= (uint32_t)(byte & 0x7f) << sent.shift;
    sent.shift += 7;
    MUST(sent.shift <= 14);
    if ((byte & 0x80) != 0) return;
    sent_packet();
    sent.phase = sent.left > 0 ? 2 : 0;
  } else if (--sent.left == 0) {
    sent.phase = 0;
  }
}

/* --- the board --- */

static const uint8_t *stream;
static uint32_t stream_left;
static uint32_t piece_max;
static uint32_t write_room;
static int opened, ended;
static uint32_t linked, acks_due;

int32_t hal_figure(int32_t what) { return what == CS_FIGURE_RANDOM ? 0 : -1; }
uint32_t hal_now_ms(void) { return now_ms; }
void hal_log(int32_t level, const char *text, uint32_t length) {
  MUST(level == 1 && length > 0 && length <= 36 && memchr(text, 0, length) == NULL);
}

int32_t hal_net_open(const char *host, uint16_t port) {
  MUST(strcmp(host, "broker") == 0 && port == 1883 && !linked && !opened);
  memset(&sent, 0, sizeof sent);
  opened = 1;
  ended = 0;
  acks_due = 0;
  return 0;
}

int32_t hal_net_read(uint8_t *to, uint32_t size) {
  MUST(opened && size > 0);
  uint32_t length = stream_left < size ? stream_left : size;
  if (length > piece_max) length = piece_max;
  if (length == 0) return ended && stream_left == 0 ? -1 : 0;
  memcpy(to, stream, length);
  stream += length;
  stream_left -= length;
  return (int32_t)length;
}

int32_t hal_net_write(const uint8_t *from, uint32_t length) {
  MUST(opened && length > 0);
  if (ended) return -1;
  if (length > write_room) length = write_room;
  if (write_room != UINT32_MAX) write_room -= length;
  for (uint32_t i = 0; i < length; i++) sent_byte(from[i]);
  return (int32_t)length;
}

void hal_net_close(void) {
  MUST(opened);
  opened = 0;
}

/* --- the runtime --- */

static uint8_t *buffer;
static uint32_t buffer_size;
static uint32_t delivered;
static uint32_t digest;
static int chatty;
static const uint8_t filling[2048];

static void digest_byte(uint32_t byte) { digest = (digest ^ byte) * 16777619u; }

static void on_up(void) {
  MUST(opened && !linked);
  linked = 1;
  digest_byte(1);
}

static void on_down(void) {
  MUST(linked);
  linked = 0;
  digest_byte(2);
}

static uint8_t *on_buffer(uint32_t *size) {
  *size = buffer_size;
  return buffer;
}

static void publish_two(void) {
  uint32_t bytes = CS_DELIVERY_ROOM_BYTES / 2 - 7 - 4;
  MUST(mqtt_room() >= CS_DELIVERY_ROOM_BYTES);
  MUST(mqtt_publish(filling, 4, filling, bytes, 0) >= 0);
  MUST(mqtt_publish(filling, 4, filling, bytes, 1) >= 0);
}

static void on_message(uint32_t topic_length, uint32_t payload_length, uint32_t flags) {
  MUST(linked && topic_length <= buffer_size && flags <= 7);
  MUST(mqtt_receiving() == (buffer_size > 0));
  uint32_t whole = topic_length + payload_length;
  MUST((flags & ABI_MESSAGE_TRUNCATED) != 0 || whole <= buffer_size);
  uint32_t there = whole < buffer_size ? whole : buffer_size;
  if ((flags & ABI_MESSAGE_TRUNCATED) != 0) MUST(there == buffer_size);
  digest_byte(topic_length);
  digest_byte(payload_length);
  digest_byte(flags);
  for (uint32_t i = 0; i < there; i++) digest_byte(buffer[i]);
  delivered++;
  if (chatty) publish_two();
}

static const struct mqtt_events events = {on_up, on_down, on_message, on_buffer};
static const struct mqtt_login login = {"broker", 1883,         "s/b",    "s/b",
                                        "pw",     "s/b/status", "offline"};

/* --- one run --- */

static uint32_t step(uint32_t ms) {
  now_ms += ms;
  uint32_t before = delivered;
  uint32_t next_ms = mqtt_step(now_ms);
  MUST(delivered - before <= 1);
  MUST(mqtt_is_up() == (int32_t)linked);
  MUST(opened || !mqtt_receiving());
  return next_ms;
}

static void settle(void) {
  /* Every step that asks for another at once has read or delivered something. */
  for (uint32_t steps = 0; step(0) == 0 && opened; steps++) MUST(steps < 100000);
}

static void start(const uint8_t *from, uint32_t length) {
  now_ms = seed;
  linked = delivered = 0;
  opened = 0;
  digest = 2166136261u;
  stream = from;
  stream_left = length;
  piece_max = write_room = UINT32_MAX;
  mqtt_start(&login, &events, now_ms);
}

static void disturb(void) {
  uint32_t room = mqtt_room();
  uint32_t bytes = 8 + dice(600);
  switch (dice(10)) {
    case 0:
    case 1: {
      int32_t id = mqtt_publish(filling, 4, filling, bytes - 7, (int32_t)dice(2));
      if (!linked) MUST(id == ABI_E_NOT_LINKED);
      else if (bytes + 4 <= room) MUST(id > 0);
      else MUST(id > 0 || id == ABI_E_NO_ROOM);
      break;
    }
    case 2:
      mqtt_subscribe(filling, 1 + dice(90));
      break;
    case 3:
      write_room = dice(3) == 0 ? dice(900) : UINT32_MAX;
      break;
    case 4:
      mqtt_mark((int32_t)dice(2));
      MUST(mqtt_marked() <= 32);
      break;
    case 5:
      MUST(mqtt_publish(filling, dice(2) ? UINT32_MAX : 3000, filling, UINT32_MAX, 0) < 0);
      break;
    case 6:
      if (dice(50) == 0) mqtt_drop(now_ms);
      step(0);
      break;
    default:
      step(dice(4) == 0 ? dice(6000) : 0);
  }
}

/* With everything else going on at once. What the stream leaves must not harm the next one. */
static void run_wild(const uint8_t *from, uint32_t length) {
  static const uint8_t good[] = {0x20, 2, 0, 0, 0x32, 6, 0, 1, 't', 0, 9, 'x'};
  chatty = (int)dice(2);
  start(from, length);
  for (uint32_t moves = 0; stream_left > 0 && moves < 2000; moves++) {
    piece_max = 1 + dice(dice(4) == 0 ? 100 : 8);
    disturb();
  }
  stream_left = 0;
  ended = 1;
  write_room = piece_max = UINT32_MAX;
  settle();
  MUST(!linked);
  stream = good;
  stream_left = sizeof good;
  uint32_t before = delivered;
  step(0);
  settle();
  MUST(linked && delivered == before + 1 && sent.pubacks == 1);
}

/* Alone: what is delivered does not depend on how the stream is split. */
static uint32_t run_alone(const uint8_t *from, uint32_t length, uint32_t piece) {
  chatty = 0;
  start(from, length);
  piece_max = piece;
  /* The attempt after this stream would read on in what is left of it. */
  while (step(0) == 0 && (opened || stream_left == length)) {
  }
  return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const uint32_t sizes[] = {0, 1, 16, 40, 64, 640, 1024};
  if (size < 4 || size > 4096) return 0;
  memcpy(&seed, data, 4);
  buffer_size = sizes[dice(7)];
  buffer = malloc(buffer_size);
  MUST(buffer != NULL || buffer_size == 0);
  uint32_t length = (uint32_t)size - 4;
  uint32_t start_seed = seed;
  uint32_t whole = run_alone(data + 4, length, UINT32_MAX);
  seed = start_seed;
  MUST(run_alone(data + 4, length, 1 + dice(70)) == whole);
  run_wild(data + 4, length);
  free(buffer);
  return 0;
}

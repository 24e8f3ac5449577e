#include "improv.h"

#include <string.h>

static const uint8_t start[6] = {'I', 'M', 'P', 'R', 'O', 'V'};

enum { AT_VERSION = 6, AT_TYPE = 7, AT_LENGTH = 8 };

void improv_reset(struct improv_parser *parser) {
  parser->at = 0;
  parser->taken = 0;
  parser->sum = 0;
}

/* Only the first byte of the start can begin another one: no other letter in it is an I. */
static enum improv_event begin_again(struct improv_parser *parser, uint8_t byte) {
  improv_reset(parser);
  if (byte == start[0]) {
    parser->at = 1;
    parser->sum = byte;
  }
  return IMPROV_MORE;
}

static enum improv_event feed_head(struct improv_parser *parser, uint8_t byte) {
  const uint8_t at = parser->at;
  if (at < sizeof start && byte != start[at]) return begin_again(parser, byte);
  if (at == AT_VERSION && byte != IMPROV_VERSION) return begin_again(parser, byte);
  if (at == AT_TYPE) parser->type = byte;
  if (at == AT_LENGTH) parser->length = byte;
  parser->at++;
  parser->sum = (uint8_t)(parser->sum + byte);
  return IMPROV_MORE;
}

enum improv_event improv_feed(struct improv_parser *parser, uint8_t byte) {
  if (parser->at < IMPROV_HEAD) return feed_head(parser, byte);
  if (parser->taken < parser->length) {
    if (parser->taken < IMPROV_DATA_MAX) parser->data[parser->taken] = byte;
    parser->taken++;
    parser->sum = (uint8_t)(parser->sum + byte);
    return IMPROV_MORE;
  }
  const int good = byte == parser->sum && parser->length <= IMPROV_DATA_MAX;
  improv_reset(parser);
  return good ? IMPROV_PACKET : IMPROV_BROKEN;
}

uint32_t improv_string(const uint8_t *data, uint32_t at, uint32_t end, char *to, uint32_t size) {
  if (at >= end) return 0;
  const uint32_t length = data[at];
  if (length > end - at - 1 || length >= size) return 0;
  memcpy(to, data + at + 1, length);
  to[length] = 0;
  return at + 1 + length;
}

static uint32_t finish(uint8_t *packet, uint8_t type, uint32_t length) {
  memcpy(packet, start, sizeof start);
  packet[AT_VERSION] = IMPROV_VERSION;
  packet[AT_TYPE] = type;
  packet[AT_LENGTH] = (uint8_t)length;
  const uint32_t end = IMPROV_HEAD + length;
  uint8_t sum = 0;
  for (uint32_t i = 0; i < end; i++) sum = (uint8_t)(sum + packet[i]);
  packet[end] = sum;
  packet[end + 1] = '\n';
  return end + 2;
}

uint32_t improv_value(uint8_t *packet, uint8_t type, uint8_t value) {
  packet[IMPROV_HEAD] = value;
  return finish(packet, type, 1);
}

uint32_t improv_result(uint8_t *packet, uint8_t command, const char *const *strings,
                       uint32_t count) {
  uint8_t *data = packet + IMPROV_HEAD;
  uint32_t at = 2;
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t length = (uint32_t)strlen(strings[i]);
    if (length > 255 - 1 - at) continue;
    data[at] = (uint8_t)length;
    memcpy(data + at + 1, strings[i], length);
    at += 1 + length;
  }
  data[0] = command;
  data[1] = (uint8_t)(at - 2);
  return finish(packet, IMPROV_RESULT, at);
}

#include "packet.h"

#include <string.h>

/* What the next byte is. A body ends when `left` is 0, whatever the phase. */
enum { FIRST, LENGTH, TOPIC_LENGTH, TOPIC, ID, PAYLOAD, ACK_FLAGS, CODE };

/* 2.2.3: four digits of seven bits. */
#define LENGTH_DIGITS_MAX 4

/* Length and flags a packet of this kind must have (2.2.2; 3.2, 3.3, 3.4, 3.9, 3.13). This client
 * subscribes to one filter at a time, so every SUBACK has one code. */
static uint32_t header_is_good(const struct packet_reader *reader) {
  switch (reader->first) {
    case PACKET_CONNACK:
    case PACKET_PUBACK:
      return reader->left == 2;
    case PACKET_SUBACK:
      return reader->left == 3;
    case PACKET_PINGRESP:
      return reader->left == 0;
    case PACKET_PUBLISH:
    case PACKET_PUBLISH | PACKET_RETAIN:
      return reader->left > 2;
    case PACKET_PUBLISH | PACKET_QOS_1:
    case PACKET_PUBLISH | PACKET_QOS_1 | PACKET_RETAIN:
    case PACKET_PUBLISH | PACKET_QOS_1 | PACKET_DUP:
    case PACKET_PUBLISH | PACKET_QOS_1 | PACKET_DUP | PACKET_RETAIN:
      return reader->left > 4;
    default:
      return 0;
  }
}

static uint32_t after_length(struct packet_reader *reader) {
  if (!header_is_good(reader)) return PACKET_BAD;
  reader->count = 0;
  reader->id = 0;
  reader->code = 0;
  if (reader->left == 0) return PACKET_WHOLE;
  switch (reader->first) {
    case PACKET_CONNACK:
      reader->phase = ACK_FLAGS;
      break;
    case PACKET_PUBACK:
    case PACKET_SUBACK:
      reader->phase = ID;
      break;
    default:
      reader->topic_length = 0;
      reader->stored = 0;
      reader->cut = 0;
      reader->phase = TOPIC_LENGTH;
  }
  return PACKET_MORE;
}

static uint32_t read_length(struct packet_reader *reader, uint32_t byte) {
  reader->left |= (byte & 0x7f) << (7 * reader->count);
  reader->count++;
  if ((byte & 0x80) == 0) return after_length(reader);
  return reader->count < LENGTH_DIGITS_MAX ? PACKET_MORE : PACKET_BAD;
}

static uint32_t read_topic_length(struct packet_reader *reader, uint32_t byte) {
  reader->topic_length = (uint16_t)(((uint32_t)reader->topic_length << 8) | byte);
  if (++reader->count < 2) return PACKET_MORE;
  uint32_t id_bytes = (reader->first & PACKET_QOS_1) != 0 ? 2 : 0;
  if (reader->topic_length == 0 || reader->left < reader->topic_length + id_bytes) {
    return PACKET_BAD;
  }
  reader->payload_length = reader->left - reader->topic_length - id_bytes;
  reader->phase = TOPIC;
  return PACKET_MORE;
}

/* 2.3.1: an id is never 0. */
static uint32_t read_id(struct packet_reader *reader, uint32_t byte) {
  reader->id = (uint16_t)(((uint32_t)reader->id << 8) | byte);
  if (++reader->count < 2) return PACKET_MORE;
  if (reader->id == 0) return PACKET_BAD;
  reader->phase = (reader->first & 0xf0) == PACKET_PUBLISH ? PAYLOAD : CODE;
  return PACKET_MORE;
}

/* A byte that is not of a topic or a payload. */
static uint32_t read_byte(struct packet_reader *reader, uint32_t byte) {
  if (reader->phase == FIRST) {
    reader->first = (uint8_t)byte;
    reader->left = 0;
    reader->count = 0;
    reader->phase = LENGTH;
    return PACKET_MORE;
  }
  if (reader->phase == LENGTH) return read_length(reader, byte);
  reader->left--;
  switch (reader->phase) {
    case TOPIC_LENGTH:
      return read_topic_length(reader, byte);
    case ID:
      return read_id(reader, byte);
    case ACK_FLAGS:
      reader->phase = CODE;
      return PACKET_MORE;
    default:
      reader->code = (uint8_t)byte;
      return PACKET_MORE;
  }
}

static void store(struct packet_reader *reader, const uint8_t *bytes, uint32_t length,
                  uint8_t *buffer, uint32_t size) {
  uint32_t room = size > reader->stored ? size - reader->stored : 0;
  uint32_t fits = length < room ? length : room;
  /* Behind a gap nothing may follow. */
  if (reader->cut) return;
  if (fits > 0) memcpy(buffer + reader->stored, bytes, fits);
  reader->stored += fits;
  if (fits < length) reader->cut = 1;
}

/* The topic has come: its length is from now on what was stored of it. */
static void end_topic(struct packet_reader *reader) {
  reader->topic_length = (uint16_t)reader->stored;
  reader->count = 0;
  reader->phase = (reader->first & PACKET_QOS_1) != 0 ? ID : PAYLOAD;
}

static uint32_t read_text(struct packet_reader *reader, const uint8_t *bytes, uint32_t length,
                          uint8_t *buffer, uint32_t size) {
  uint32_t behind = 0;
  if (reader->phase == TOPIC) {
    behind = reader->payload_length + ((reader->first & PACKET_QOS_1) != 0 ? 2 : 0);
  }
  uint32_t wanted = reader->left - behind;
  uint32_t taken = length < wanted ? length : wanted;
  store(reader, bytes, taken, buffer, size);
  reader->left -= taken;
  if (reader->phase == TOPIC && taken == wanted) end_topic(reader);
  return taken;
}

uint32_t packet_read(struct packet_reader *reader, const uint8_t *bytes, uint32_t length,
                     uint8_t *buffer, uint32_t size, uint32_t *status) {
  uint32_t at = 0;
  *status = PACKET_MORE;
  while (at < length && *status == PACKET_MORE) {
    if (reader->phase == TOPIC || reader->phase == PAYLOAD) {
      at += read_text(reader, bytes + at, length - at, buffer, size);
    } else {
      *status = read_byte(reader, bytes[at++]);
    }
    if (*status == PACKET_MORE && reader->phase > LENGTH && reader->left == 0) {
      *status = PACKET_WHOLE;
    }
  }
  if (*status == PACKET_WHOLE) reader->phase = FIRST;
  return at;
}

uint32_t packet_head(uint8_t to[PACKET_HEAD_MAX], uint32_t first, uint32_t length, uint32_t word) {
  uint32_t at = 0;
  to[at++] = (uint8_t)first;
  do {
    to[at++] = (uint8_t)((length & 0x7f) | (length > 0x7f ? 0x80 : 0));
    length >>= 7;
  } while (length > 0);
  to[at++] = (uint8_t)(word >> 8);
  to[at++] = (uint8_t)word;
  return at;
}

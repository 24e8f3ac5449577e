#include "frame.h"

enum { HUNT, TYPE, LENGTH_LOW, LENGTH_HIGH, PAYLOAD, CHECK_LOW, CHECK_HIGH };

/* By nibbles: a table of 32 bytes is a good bargain between speed and RAM. */
static const uint16_t crc_table[16] = {0x0000, 0x1021, 0x2042, 0x3063, 0x4084, 0x50A5,
                                       0x60C6, 0x70E7, 0x8108, 0x9129, 0xA14A, 0xB16B,
                                       0xC18C, 0xD1AD, 0xE1CE, 0xF1EF};

static uint16_t crc_nibble(uint16_t crc, uint32_t nibble) {
  return (uint16_t)((uint32_t)crc << 4) ^ crc_table[((uint32_t)crc >> 12) ^ nibble];
}

uint16_t frame_crc(uint16_t crc, uint8_t byte) {
  return crc_nibble(crc_nibble(crc, byte >> 4), byte & 15u);
}

void frame_begin(struct frame_reader *reader, const struct frame_sink *sinks, uint8_t count) {
  reader->sinks = sinks;
  reader->sink_count = count;
  reader->step = HUNT;
}

static void start(struct frame_reader *reader) {
  reader->sink = 0;
  reader->sink_at = 0;
  reader->at = 0;
  reader->crc = FRAME_CRC_BEGIN;
  reader->step = TYPE;
}

static void store(struct frame_reader *reader, uint8_t byte) {
  while (reader->sink < reader->sink_count) {
    const struct frame_sink *sink = &reader->sinks[reader->sink];
    if (reader->sink_at < sink->size) {
      sink->to[reader->sink_at++] = byte;
      return;
    }
    reader->sink++;
    reader->sink_at = 0;
  }
}

static enum frame_event length_known(struct frame_reader *reader) {
  if (reader->length > FRAME_PAYLOAD_MAX) {
    reader->step = HUNT;
    return FRAME_BAD;
  }
  reader->step = reader->length > 0 ? PAYLOAD : CHECK_LOW;
  return FRAME_MORE;
}

static void payload(struct frame_reader *reader, uint8_t byte) {
  store(reader, byte);
  if (++reader->at == reader->length) reader->step = CHECK_LOW;
}

enum frame_event frame_push(struct frame_reader *reader, uint8_t byte) {
  uint8_t step = reader->step;
  if (step > HUNT && step < CHECK_LOW) reader->crc = frame_crc(reader->crc, byte);
  switch (step) {
    case HUNT:
      if (byte == FRAME_START) start(reader);
      return FRAME_MORE;
    case TYPE:
      reader->type = byte;
      reader->step = LENGTH_LOW;
      return FRAME_MORE;
    case LENGTH_LOW:
      reader->length = byte;
      reader->step = LENGTH_HIGH;
      return FRAME_MORE;
    case LENGTH_HIGH:
      reader->length = (uint16_t)(reader->length | ((uint32_t)byte << 8));
      return length_known(reader);
    case PAYLOAD:
      payload(reader, byte);
      return FRAME_MORE;
    case CHECK_LOW:
      reader->check = byte;
      reader->step = CHECK_HIGH;
      return FRAME_MORE;
    default:
      reader->check = (uint16_t)(reader->check | ((uint32_t)byte << 8));
      reader->step = HUNT;
      return reader->check == reader->crc ? FRAME_GOOD : FRAME_BAD;
  }
}

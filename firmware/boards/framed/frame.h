/* Reads and writes the frames of frames.md. Pure: bytes in, bytes out. */
#ifndef CADDYSHACK_FRAME_H
#define CADDYSHACK_FRAME_H

#include <stdint.h>

#include "frames.gen.h"

/* CRC-16 with polynomial 0x1021; begin with FRAME_CRC_BEGIN. */
#define FRAME_CRC_BEGIN 0xFFFFu
uint16_t frame_crc(uint16_t crc, uint8_t byte);

/* Where the next `size` bytes of a payload go; what no sink takes is left out. */
struct frame_sink {
  uint8_t *to;
  uint32_t size;
};

struct frame_reader {
  const struct frame_sink *sinks;
  uint8_t sink_count;
  uint8_t sink;
  uint8_t step;
  uint8_t type;
  uint16_t length;
  uint16_t at;
  uint16_t sink_at;
  uint16_t crc;
  uint16_t check;
};

enum frame_event { FRAME_MORE, FRAME_GOOD, FRAME_BAD };

/* `sinks` must outlive the reading of the frame. */
void frame_begin(struct frame_reader *reader, const struct frame_sink *sinks, uint8_t count);
/* After FRAME_GOOD `type` and `length` of the reader are those of the frame. After either event it
 * hunts for the next frame, whose payload goes to the same sinks. */
enum frame_event frame_push(struct frame_reader *reader, uint8_t byte);

#endif

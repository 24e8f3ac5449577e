#include "sendbuf.h"

#include <string.h>

void sendbuf_clear(struct sendbuf *buffer) { buffer->first = buffer->used = 0; }

uint32_t sendbuf_free(const struct sendbuf *buffer) {
  return (uint32_t)SENDBUF_BYTES - buffer->used;
}

void sendbuf_put(struct sendbuf *buffer, const uint8_t *bytes, uint32_t length) {
  uint32_t at = (uint32_t)buffer->first + buffer->used;
  if (at >= SENDBUF_BYTES) at -= SENDBUF_BYTES;
  uint32_t to_end = SENDBUF_BYTES - at;
  uint32_t piece = length < to_end ? length : to_end;
  memcpy(buffer->bytes + at, bytes, piece);
  memcpy(buffer->bytes, bytes + piece, length - piece);
  buffer->used = (uint16_t)(buffer->used + length);
}

uint32_t sendbuf_front(const struct sendbuf *buffer, const uint8_t **bytes) {
  uint32_t to_end = (uint32_t)SENDBUF_BYTES - buffer->first;
  *bytes = buffer->bytes + buffer->first;
  return buffer->used < to_end ? buffer->used : to_end;
}

void sendbuf_drop(struct sendbuf *buffer, uint32_t length) {
  uint32_t first = buffer->first + length;
  buffer->first = (uint16_t)(first < SENDBUF_BYTES ? first : first - SENDBUF_BYTES);
  buffer->used = (uint16_t)(buffer->used - length);
  /* From the start again, so that most packets lie in one piece. */
  if (buffer->used == 0) buffer->first = 0;
}

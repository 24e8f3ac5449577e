/* Numbers as they lie in flash and in messages, and where tables of words go. */
#ifndef CADDYSHACK_WORDS_H
#define CADDYSHACK_WORDS_H

#include <stdint.h>

/* On the ESP8266 read-only data takes RAM, but flash can be read by whole words: such a board says
 * with this attribute where tables of words go. They are read by words only. */
#ifndef CS_WORDS
#define CS_WORDS
#endif

/* Little-endian, at any address. */
static inline uint32_t get_u32(const uint8_t *from) {
  return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
         (uint32_t)from[3] << 24;
}

static inline void put_u32(uint8_t *to, uint32_t value) {
  for (uint32_t i = 0; i < 4; i++) to[i] = (uint8_t)(value >> (8 * i));
}

#endif

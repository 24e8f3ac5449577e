/* Records in flash: a head (magic u32, sequence u32, length u32, CRC-32 u32 of sequence, length and
 * bytes), then the bytes. What a power cut left half written reads as "none". */
#ifndef CADDYSHACK_RECORD_H
#define CADDYSHACK_RECORD_H

#include <stdint.h>

enum {
  RECORD_HEAD = 16,
  /* Flash is read and written in pieces of this size: what they take of the stack. */
  FLASH_PIECE = 64,
};

struct record {
  uint32_t sequence;
  uint32_t length;
};

/* Where bytes come from: RAM, or flash when `ram` is null. */
struct bytes {
  const uint8_t *ram;
  uint32_t flash;
};

/* 1 when a whole record with this magic, at most `length_max` bytes long, begins at `at`. */
int32_t record_read(uint32_t at, uint32_t magic, uint32_t length_max, struct record *record);
/* 0 or -1. The flash there must be erased. */
int32_t record_write(uint32_t at, uint32_t magic, const struct record *record,
                     const struct bytes *from);
/* 1 when the record at `at` has exactly these bytes. */
int32_t record_equals(uint32_t at, const struct bytes *from, uint32_t length);
/* Flash that a record of `length` bytes takes. */
uint32_t record_size(uint32_t length);

/* Head with its check; `crc` is that of record_crc and then of the bytes. */
void record_head(uint8_t head[RECORD_HEAD], uint32_t magic, const struct record *record,
                 uint32_t crc);
uint32_t record_crc(const struct record *record);

/* 1 when everything from `at` to `end` (multiples of 4) is erased. */
int32_t flash_blank(uint32_t at, uint32_t end);
/* Writes any number of bytes to a multiple of 4, 0xFF behind the last one. 0 or -1. */
int32_t flash_write(uint32_t at, const struct bytes *from, uint32_t length);
/* Erases the sector at `at` unless it is erased. 0 or -1. */
int32_t flash_erase(uint32_t at);

#endif

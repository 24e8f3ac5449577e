#include "record.h"

#include "crc32.h"
#include "device.gen.h"
#include "hal.h"
#include "words.h"

static uint32_t least(uint32_t a, uint32_t b) {
  return a < b ? a : b;
}

static int32_t fetch(const struct bytes *from, uint32_t at, uint8_t *to, uint32_t length) {
  if (from->ram == 0) return hal_read(HAL_FLASH, from->flash + at, to, length);
  for (uint32_t i = 0; i < length; i++) to[i] = from->ram[at + i];
  return 0;
}

static int32_t crc_of(uint32_t crc, const struct bytes *from, uint32_t length, uint32_t *result) {
  uint8_t piece[FLASH_PIECE];
  for (uint32_t at = 0; at < length; at += FLASH_PIECE) {
    uint32_t size = least(FLASH_PIECE, length - at);
    if (fetch(from, at, piece, size) < 0) return -1;
    crc = crc32(crc, piece, size);
  }
  *result = crc;
  return 0;
}

uint32_t record_crc(const struct record *record) {
  uint8_t head[8];
  put_u32(head, record->sequence);
  put_u32(head + 4, record->length);
  return crc32(0, head, sizeof head);
}

void record_head(uint8_t head[RECORD_HEAD], uint32_t magic, const struct record *record,
                 uint32_t crc) {
  put_u32(head, magic);
  put_u32(head + 4, record->sequence);
  put_u32(head + 8, record->length);
  put_u32(head + 12, crc);
}

uint32_t record_size(uint32_t length) {
  return RECORD_HEAD + ((length + 3u) & ~3u);
}

int32_t record_read(uint32_t at, uint32_t magic, uint32_t length_max, struct record *record) {
  uint8_t head[RECORD_HEAD];
  uint32_t crc;
  if (hal_read(HAL_FLASH, at, head, sizeof head) < 0 || get_u32(head) != magic) return 0;
  record->sequence = get_u32(head + 4);
  record->length = get_u32(head + 8);
  if (record->length > length_max) return 0;
  struct bytes bytes = {0, at + RECORD_HEAD};
  if (crc_of(record_crc(record), &bytes, record->length, &crc) < 0) return 0;
  return crc == get_u32(head + 12);
}

int32_t record_write(uint32_t at, uint32_t magic, const struct record *record,
                     const struct bytes *from) {
  uint8_t head[RECORD_HEAD];
  uint32_t crc;
  if (crc_of(record_crc(record), from, record->length, &crc) < 0) return -1;
  record_head(head, magic, record, crc);
  if (hal_write(HAL_FLASH, at, head, sizeof head) < 0) return -1;
  return flash_write(at + RECORD_HEAD, from, record->length);
}

int32_t record_equals(uint32_t at, const struct bytes *from, uint32_t length) {
  uint8_t here[FLASH_PIECE];
  uint8_t there[FLASH_PIECE];
  for (uint32_t done = 0; done < length; done += FLASH_PIECE) {
    uint32_t size = least(FLASH_PIECE, length - done);
    if (fetch(from, done, there, size) < 0) return 0;
    if (hal_read(HAL_FLASH, at + RECORD_HEAD + done, here, size) < 0) return 0;
    for (uint32_t i = 0; i < size; i++) {
      if (here[i] != there[i]) return 0;
    }
  }
  return 1;
}

int32_t flash_blank(uint32_t at, uint32_t end) {
  uint8_t piece[FLASH_PIECE];
  for (; at < end; at += FLASH_PIECE) {
    uint32_t size = least(FLASH_PIECE, end - at);
    if (hal_read(HAL_FLASH, at, piece, size) < 0) return 0;
    for (uint32_t i = 0; i < size; i++) {
      if (piece[i] != 0xff) return 0;
    }
  }
  return 1;
}

int32_t flash_write(uint32_t at, const struct bytes *from, uint32_t length) {
  /* Words, for the boards whose flash takes no others. */
  uint32_t words[FLASH_PIECE / 4];
  uint8_t *piece = (uint8_t *)words;
  for (uint32_t done = 0; done < length; done += FLASH_PIECE) {
    uint32_t size = least(FLASH_PIECE, length - done);
    if (fetch(from, done, piece, size) < 0) return -1;
    while (size % 4 != 0) piece[size++] = 0xff;
    if (hal_write(HAL_FLASH, at + done, piece, size) < 0) return -1;
  }
  return 0;
}

int32_t flash_erase(uint32_t at) {
  return flash_blank(at, at + CS_FLASH_SECTOR) ? 0 : hal_erase(at);
}

/* The module's two records and the runtime's marker. */
#include "abi.gen.h"
#include "crc32.h"
#include "hal.h"
#include "record.h"
#include "store.h"
#include "words.h"

enum {
  HOT_MAGIC = 0x59444143,     /* "CADY" */
  DURABLE_MAGIC = 0x31524144, /* "DAR1" */
  HOT_HEAD = 12,
  MARKER_CHECK = 0x4d524b31,
};

/* --- hot: RTC memory --- */

uint32_t store_read_hot(uint8_t *to, uint32_t size) {
  uint8_t head[HOT_HEAD];
  if (hal_read(HAL_RTC, CS_RTC_HOT, head, sizeof head) < 0 || get_u32(head) != HOT_MAGIC) return 0;
  uint32_t length = get_u32(head + 4);
  if (length > ABI_HOT_MAX || length > size) return 0;
  if (hal_read(HAL_RTC, CS_RTC_HOT + HOT_HEAD, to, length) < 0) return 0;
  return crc32(0, to, length) == get_u32(head + 8) ? length : 0;
}

/* RTC memory takes whole words only. Those that lie right are written as they are; the module calls
 * this before every latch. */
static int32_t write_hot(const uint8_t *record, uint32_t length) {
  uint32_t at = CS_RTC_HOT + HOT_HEAD;
  uint32_t done = 0;
  if ((uintptr_t)record % 4 == 0) done = length & ~3u;
  if (done > 0 && hal_write(HAL_RTC, at, record, done) < 0) return -1;
  while (done < length) {
    uint32_t words[FLASH_PIECE / 4];
    uint8_t *piece = (uint8_t *)words;
    uint32_t begin = done;
    uint32_t size = 0;
    while (size < FLASH_PIECE && done < length) piece[size++] = record[done++];
    while (size % 4 != 0) piece[size++] = 0;
    if (hal_write(HAL_RTC, at + begin, piece, size) < 0) return -1;
  }
  return 0;
}

int32_t store_keep_hot(const uint8_t *record, uint32_t length) {
  uint32_t words[HOT_HEAD / 4];
  uint8_t *head = (uint8_t *)words;
  if (length > ABI_HOT_MAX) return ABI_E_TOO_LONG;
  put_u32(head, HOT_MAGIC);
  put_u32(head + 4, length);
  put_u32(head + 8, crc32(0, record, length));
  if (hal_write(HAL_RTC, CS_RTC_HOT, head, HOT_HEAD) < 0) return ABI_E_STORE;
  return write_hot(record, length) < 0 ? ABI_E_STORE : ABI_OK;
}

/* --- durable: appended to one of two sectors until it is full, then to the other --- */

/* What is known of one slot's records, so that keeping does not search. */
static struct {
  int32_t slot;    /* SLOT_NONE: nothing is known */
  uint32_t newest; /* where the newest record lies, 0 when there is none */
  uint32_t free;   /* behind it */
  struct record record;
} known;

void store_start(void) {
  known.slot = SLOT_NONE;
}

static uint32_t first_sector(int32_t slot) {
  return slot == SLOT_A ? CS_FLASH_DURABLE_A : CS_FLASH_DURABLE_B;
}

/* Looks at every record of one sector. Behind a rotten one the search goes on word by word. */
static void search(uint32_t at, uint32_t end) {
  struct record record;
  while (at + RECORD_HEAD <= end) {
    if (record_read(at, DURABLE_MAGIC, ABI_DURABLE_MAX, &record)) {
      uint32_t size = record_size(record.length);
      if (known.newest == 0 || record.sequence > known.record.sequence) {
        known.newest = at;
        known.record = record;
        known.free = at + size;
      }
      at += size;
    } else if (flash_blank(at, end)) {
      return;
    } else {
      at += 4;
    }
  }
}

static void look(int32_t slot) {
  if (known.slot == slot) return;
  known.newest = 0;
  known.record.sequence = known.record.length = 0;
  uint32_t at = first_sector(slot);
  search(at, at + CS_FLASH_SECTOR);
  search(at + CS_FLASH_SECTOR, at + CS_FLASH_DURABLE_SIZE);
  known.slot = slot;
}

uint32_t store_read_durable(int32_t slot, uint8_t *to, uint32_t size) {
  if (slot != SLOT_A && slot != SLOT_B) return 0;
  look(slot);
  uint32_t length = known.record.length;
  if (known.newest == 0 || length > size) return 0;
  if (hal_read(HAL_FLASH, known.newest + RECORD_HEAD, to, length) < 0) return 0;
  return length;
}

/* Where the next record of `size` bytes goes; erases the sector without the newest one when the
 * other is full. What is not erased there (a write that was cut short) is passed by. 0: failed. */
static uint32_t make_room(int32_t slot, uint32_t size) {
  uint32_t sector = first_sector(slot);
  if (known.newest != 0) {
    uint32_t mine = known.newest & ~(CS_FLASH_SECTOR - 1u);
    uint32_t end = known.free + size;
    if (end <= mine + CS_FLASH_SECTOR && flash_blank(known.free, end)) return known.free;
    if (mine == sector) sector += CS_FLASH_SECTOR;
  }
  return flash_erase(sector) < 0 ? 0 : sector;
}

static int32_t append(int32_t slot, const struct bytes *from, uint32_t length) {
  struct record record = {known.record.sequence + 1, length};
  uint32_t size = record_size(length);
  uint32_t at = make_room(slot, size);
  /* Whatever happens now, the flash tells what is there. */
  known.slot = SLOT_NONE;
  if (at == 0 || record_write(at, DURABLE_MAGIC, &record, from) < 0) return ABI_E_STORE;
  struct record written;
  if (!record_read(at, DURABLE_MAGIC, ABI_DURABLE_MAX, &written)) return ABI_E_STORE;
  known.slot = slot;
  known.newest = at;
  known.free = at + size;
  known.record = record;
  return ABI_OK;
}

int32_t store_keep_durable(int32_t slot, const uint8_t *record, uint32_t length) {
  struct bytes from = {record, 0};
  if (length > ABI_DURABLE_MAX) return ABI_E_TOO_LONG;
  if (slot != SLOT_A && slot != SLOT_B) return ABI_E_STORE;
  look(slot);
  if (known.newest != 0 && known.record.length == length &&
      record_equals(known.newest, &from, length)) {
    return ABI_OK;
  }
  return append(slot, &from, length);
}

int32_t store_copy_durable(int32_t from, int32_t to) {
  if ((from != SLOT_A && from != SLOT_B) || (to != SLOT_A && to != SLOT_B)) return ABI_E_STORE;
  look(from);
  struct bytes bytes = {0, known.newest + RECORD_HEAD};
  uint32_t length = known.record.length;
  look(to);
  if (known.newest == 0 ? length == 0
                        : known.record.length == length &&
                              record_equals(known.newest, &bytes, length)) {
    return ABI_OK;
  }
  return append(to, &bytes, length);
}

/* --- the runtime's own block: the marker as it lies in RAM, and a check --- */

enum { MARKER_WORDS = sizeof(struct store_marker) / 4 };

union marker_block {
  struct store_marker marker;
  uint32_t words[MARKER_WORDS + 1];
};
_Static_assert(sizeof(union marker_block) == sizeof(struct store_marker) + 4, "no padding");
_Static_assert(sizeof(union marker_block) <= CS_RTC_RUNTIME_SIZE, "room in RTC memory");

/* A sum that depends on the order, so that words that changed places are noticed. */
static uint32_t marker_check(const union marker_block *block) {
  uint32_t check = MARKER_CHECK;
  for (uint32_t i = 0; i < MARKER_WORDS; i++) check = (check ^ block->words[i]) * 0x01000193u;
  return check;
}

int32_t store_read_marker(struct store_marker *marker) {
  union marker_block block;
  *marker = (struct store_marker){0};
  marker->slot = SLOT_NONE;
  marker->since_ms[0] = marker->since_ms[1] = CS_FAILURE_WINDOW_MS;
  if (hal_read(HAL_RTC, CS_RTC_RUNTIME, &block, sizeof block) < 0) return -1;
  if (marker_check(&block) != block.words[MARKER_WORDS]) return -1;
  *marker = block.marker;
  return 0;
}

void store_write_marker(const struct store_marker *marker) {
  union marker_block block;
  block.marker = *marker;
  block.words[MARKER_WORDS] = marker_check(&block);
  /* A marker that could not be written reads as a loss of power: the failures count from 0. */
  (void)hal_write(HAL_RTC, CS_RTC_RUNTIME, &block, sizeof block);
}

/* The two module slots: what lies in them, and how a pushed module gets there. */
#include "abi.gen.h"
#include "hal.h"
#include "record.h"
#include "sha256.h"
#include "store.h"
#include "words.h"

enum { MARK_COMMITTED, MARK_TRIED, MARK_CONFIRMED, MARK_BAD };
enum { HEADER_VERSION = 1, ACCOUNT_SIZE = 80 };

static uint32_t slot_offset(int32_t slot) {
  return slot == SLOT_A ? CS_FLASH_MODULE_A : CS_FLASH_MODULE_B;
}

uint32_t store_module_offset(int32_t slot) {
  return slot_offset(slot) + CS_MODULE_DATA;
}

static int32_t is_slot(int32_t slot) {
  return slot == SLOT_A || slot == SLOT_B;
}

/* --- marks --- */

/* Set when more than half of its bits are 0: neither a write cut short nor a rotten bit makes
 * something else of it later. */
static int32_t is_set(int32_t slot, uint32_t mark) {
  uint8_t word[4];
  uint32_t zeros = 0;
  uint32_t at = slot_offset(slot) + CS_MODULE_STATE_AT + 4 * mark;
  if (hal_read(HAL_FLASH, at, word, sizeof word) < 0) return 0;
  for (uint32_t bits = ~get_u32(word); bits != 0; bits >>= 1) zeros += bits & 1u;
  return zeros > 16;
}

static int32_t set(int32_t slot, uint32_t mark) {
  static const uint32_t zero = 0;
  if (!is_slot(slot)) return -1;
  uint32_t at = slot_offset(slot) + CS_MODULE_STATE_AT + 4 * mark;
  return hal_write(HAL_FLASH, at, &zero, sizeof zero);
}

int32_t store_mark_tried(int32_t slot) {
  return set(slot, MARK_TRIED);
}

int32_t store_mark_confirmed(int32_t slot) {
  return set(slot, MARK_CONFIRMED);
}

int32_t store_mark_bad(int32_t slot) {
  return set(slot, MARK_BAD);
}

/* --- headers --- */

static int32_t account_is(const uint8_t *field, const char *account) {
  for (uint32_t i = 0, ended = 0; i < ACCOUNT_SIZE; i++) {
    uint8_t wanted = ended ? 0 : (uint8_t)account[i];
    if (field[i] != wanted) return 0;
    ended = wanted == 0;
  }
  return 1;
}

static int32_t sealed_with(const uint8_t *header, const uint8_t key[32]) {
  struct sha256 hash;
  uint8_t mac[SHA256_SIZE];
  hmac_start(&hash, key, 32);
  sha256_add(&hash, header, CS_MODULE_HMAC_AT);
  hmac_end(&hash, key, 32, mac);
  return sha256_same(mac, header + CS_MODULE_HMAC_AT);
}

int32_t store_check_header(const uint8_t *header, const struct store_config *config) {
  uint32_t length = get_u32(header + CS_MODULE_LENGTH_AT);
  if (get_u32(header) != CS_MODULE_MAGIC) return REFUSED_BAD_HEADER;
  if (header[CS_MODULE_VERSION_AT] != HEADER_VERSION) return REFUSED_BAD_HEADER;
  if (header[CS_MODULE_ABI_AT + 1] != 0 || header[CS_MODULE_ABI_AT + 2] != 0) {
    return REFUSED_BAD_HEADER;
  }
  if (header[CS_MODULE_ABI_AT] != ABI_VERSION) return REFUSED_BAD_ABI;
  if (length < 1 || length > ABI_MODULE_MAX) return REFUSED_BAD_LENGTH;
  if (!account_is(header + CS_MODULE_ACCOUNT_AT, config->account)) return REFUSED_WRONG_BACKPLANE;
  return sealed_with(header, config->key) ? 0 : REFUSED_BAD_SIGNATURE;
}

static int32_t read_header(int32_t slot, const struct store_config *config, uint8_t *header) {
  if (hal_read(HAL_FLASH, slot_offset(slot), header, CS_MODULE_HEADER_SIZE) < 0) return 0;
  return store_check_header(header, config) == 0;
}

uint32_t store_slot_sequence(int32_t slot, const struct store_config *config) {
  uint8_t header[CS_MODULE_HEADER_SIZE];
  return read_header(slot, config, header) ? get_u32(header + CS_MODULE_SEQUENCE_AT) : 0;
}

/* --- slots --- */

static int32_t digest_is_right(int32_t slot, const uint8_t *header) {
  struct sha256 hash;
  uint8_t bytes[SHA256_SIZE];
  uint32_t at = store_module_offset(slot);
  uint32_t end = at + get_u32(header + CS_MODULE_LENGTH_AT);
  sha256_start(&hash);
  for (; at < end; at += sizeof bytes) {
    uint32_t size = end - at < sizeof bytes ? end - at : (uint32_t)sizeof bytes;
    if (hal_read(HAL_FLASH, at, bytes, size) < 0) return 0;
    sha256_add(&hash, bytes, size);
  }
  sha256_end(&hash, bytes);
  return sha256_same(bytes, header + CS_MODULE_SHA256_AT);
}

void store_read_slot(int32_t slot, const struct store_config *config, struct store_slot *info) {
  uint8_t header[CS_MODULE_HEADER_SIZE];
  *info = (struct store_slot){0};
  if (!is_slot(slot) || !read_header(slot, config, header)) return;
  info->length = get_u32(header + CS_MODULE_LENGTH_AT);
  info->sequence = get_u32(header + CS_MODULE_SEQUENCE_AT);
  for (uint32_t i = 0; i < SHA256_SIZE; i++) info->sha256[i] = header[CS_MODULE_SHA256_AT + i];
  info->tried = is_set(slot, MARK_TRIED) != 0;
  info->confirmed = is_set(slot, MARK_CONFIRMED) != 0;
  info->bad = is_set(slot, MARK_BAD) != 0;
  info->present = is_set(slot, MARK_COMMITTED) && digest_is_right(slot, header);
}

int32_t store_choose(const struct store_slot slots[2]) {
  int32_t chosen = SLOT_NONE;
  for (int32_t slot = SLOT_A; slot <= SLOT_B; slot++) {
    if (!slots[slot].present || slots[slot].bad) continue;
    if (chosen == SLOT_NONE || slots[slot].sequence > slots[chosen].sequence) chosen = slot;
  }
  return chosen;
}

int32_t store_on_trial(int32_t slot) {
  return is_slot(slot) && is_set(slot, MARK_TRIED) && !is_set(slot, MARK_CONFIRMED);
}

int32_t store_spare(int32_t running, const struct store_config *config) {
  if (is_slot(running)) return 1 - running;
  struct store_slot a;
  struct store_slot b;
  store_read_slot(SLOT_A, config, &a);
  store_read_slot(SLOT_B, config, &b);
  if (a.present != b.present) return a.present ? SLOT_B : SLOT_A;
  if (a.bad != b.bad) return a.bad ? SLOT_A : SLOT_B;
  return a.sequence < b.sequence ? SLOT_A : SLOT_B;
}

/* --- staging --- */

static int32_t same_header(int32_t slot, const uint8_t *header) {
  uint8_t piece[SHA256_SIZE];
  for (uint32_t at = 0; at < CS_MODULE_HEADER_SIZE; at += sizeof piece) {
    if (hal_read(HAL_FLASH, slot_offset(slot) + at, piece, sizeof piece) < 0) return 0;
    for (uint32_t i = 0; i < sizeof piece; i++) {
      if (piece[i] != header[at + i]) return 0;
    }
  }
  return 1;
}

/* The page of the last word that is not erased: flash is programmed by pages of 256 bytes, so all
 * of that one may be half written. The same bytes once more clear the bits that are missing. */
static uint32_t resume_offset(int32_t slot, uint32_t length) {
  uint32_t data = store_module_offset(slot);
  uint32_t at = (length + 3u) & ~3u;
  while (at > 0 && flash_blank(data + at - 4, data + at)) at -= 4;
  return at > 0 ? (at - 4) & ~255u : 0;
}

int32_t store_stage_same(int32_t slot, const uint8_t *header) {
  return same_header(slot, header) && !is_set(slot, MARK_COMMITTED);
}

int32_t store_stage_begin(int32_t slot, const uint8_t *header, uint32_t *offset) {
  *offset = 0;
  if (store_stage_same(slot, header)) {
    *offset = resume_offset(slot, get_u32(header + CS_MODULE_LENGTH_AT));
    return 0;
  }
  uint32_t at = slot_offset(slot);
  for (uint32_t end = at + CS_FLASH_MODULE_SIZE; at < end; at += CS_FLASH_SECTOR) {
    if (flash_erase(at) < 0) return REFUSED_WRITE_FAILED;
  }
  struct bytes bytes = {header, 0};
  if (flash_write(slot_offset(slot), &bytes, CS_MODULE_HEADER_SIZE) < 0) {
    return REFUSED_WRITE_FAILED;
  }
  return 0;
}

int32_t store_stage_write(int32_t slot, uint32_t offset, const uint8_t *bytes, uint32_t length) {
  struct bytes from = {bytes, 0};
  return flash_write(store_module_offset(slot) + offset, &from, length);
}

int32_t store_stage_commit(int32_t slot, const struct store_config *config) {
  uint8_t header[CS_MODULE_HEADER_SIZE];
  if (!read_header(slot, config, header)) return REFUSED_BAD_SIGNATURE;
  if (!digest_is_right(slot, header)) {
    /* The same header must begin anew, and not go on behind what is wrong. */
    return hal_erase(slot_offset(slot)) < 0 ? REFUSED_WRITE_FAILED : REFUSED_BAD_DIGEST;
  }
  return set(slot, MARK_COMMITTED) < 0 ? REFUSED_WRITE_FAILED : 0;
}

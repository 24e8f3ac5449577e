/* hal_read, hal_write and hal_erase over the core's flash and RTC calls, within the map of
 * device.md: whatever the runtime asks for, neither the firmware's image nor the SDK's sectors
 * are ever written. */
#include <Arduino.h>
#include <string.h>
#include <user_interface.h>

#include "runtime-c.h"

namespace {

/* User memory begins at block 64 of 4 bytes; its first 128 bytes are eboot's. */
constexpr uint32_t RTC_FIRST_BLOCK = 64;
/* The core wants everything 4-byte aligned; this many bytes go over at a time. */
constexpr uint32_t CHUNK = 64;
constexpr uint32_t WORD = 4;

bool within(uint32_t offset, uint32_t length, uint32_t from, uint32_t to) {
  return offset >= from && offset <= to && length <= to - offset;
}

bool aligned(uint32_t offset, uint32_t length) { return ((offset | length) & (WORD - 1)) == 0; }

bool read_flash(uint32_t offset, uint8_t *to, uint32_t length) {
  uint32_t words[CHUNK / WORD];
  while (length > 0) {
    const uint32_t skip = offset & (WORD - 1);
    uint32_t part = CHUNK - skip;
    if (part > length) part = length;
    const uint32_t whole = (skip + part + WORD - 1) & ~(WORD - 1);
    if (!ESP.flashRead(offset - skip, words, whole)) return false;
    memcpy(to, reinterpret_cast<const uint8_t *>(words) + skip, part);
    offset += part;
    to += part;
    length -= part;
  }
  return true;
}

bool write_flash(uint32_t offset, const uint8_t *from, uint32_t length) {
  uint32_t words[CHUNK / WORD];
  while (length > 0) {
    const uint32_t part = length < CHUNK ? length : CHUNK;
    memcpy(words, from, part);
    if (!ESP.flashWrite(offset, words, part)) return false;
    offset += part;
    from += part;
    length -= part;
  }
  return true;
}

uint8_t block_at(uint32_t offset) { return static_cast<uint8_t>(RTC_FIRST_BLOCK + offset / WORD); }

bool read_rtc(uint32_t offset, uint8_t *to, uint32_t length) {
  uint32_t words[CHUNK / WORD];
  while (length > 0) {
    const uint32_t part = length < CHUNK ? length : CHUNK;
    const uint32_t whole = (part + WORD - 1) & ~(WORD - 1);
    const bool ok = system_rtc_mem_read(block_at(offset), words, static_cast<uint16_t>(whole));
    if (!ok) return false;
    memcpy(to, words, part);
    offset += part;
    to += part;
    length -= part;
  }
  return true;
}

/* A few long writes and not many short ones: the module's record goes here before every latch. */
bool write_rtc(uint32_t offset, const uint8_t *from, uint32_t length) {
  uint32_t words[CHUNK / WORD];
  while (length > 0) {
    const uint32_t part = length < CHUNK ? length : CHUNK;
    memcpy(words, from, part);
    const bool ok = system_rtc_mem_write(block_at(offset), words, static_cast<uint16_t>(part));
    if (!ok) return false;
    offset += part;
    from += part;
    length -= part;
  }
  return true;
}

}  // namespace

extern "C" int32_t hal_read(uint32_t space, uint32_t offset, void *to, uint32_t length) {
  uint8_t *bytes = static_cast<uint8_t *>(to);
  if (space == HAL_FLASH && within(offset, length, 0, CS_FLASH_SIZE)) {
    return read_flash(offset, bytes, length) ? 0 : -1;
  }
  if (space == HAL_RTC && within(offset, length, CS_RTC_HOT, CS_RTC_SIZE) && aligned(offset, 0)) {
    return read_rtc(offset, bytes, length) ? 0 : -1;
  }
  return -1;
}

extern "C" int32_t hal_write(uint32_t space, uint32_t offset, const void *from, uint32_t length) {
  const uint8_t *bytes = static_cast<const uint8_t *>(from);
  if (!aligned(offset, length)) return -1;
  if (space == HAL_FLASH && within(offset, length, CS_FLASH_CONFIG_A, CS_FLASH_END)) {
    return write_flash(offset, bytes, length) ? 0 : -1;
  }
  if (space == HAL_RTC && within(offset, length, CS_RTC_HOT, CS_RTC_SIZE)) {
    return write_rtc(offset, bytes, length) ? 0 : -1;
  }
  return -1;
}

extern "C" int32_t hal_erase(uint32_t offset) {
  if (!within(offset, CS_FLASH_SECTOR, CS_FLASH_CONFIG_A, CS_FLASH_END)) return -1;
  if (offset % CS_FLASH_SECTOR != 0) return -1;
  const bool ok = ESP.flashEraseSector(offset / CS_FLASH_SECTOR);
  /* An erase takes 45 ms, on a worn chip up to 400 ms, and several may follow one another. */
  ESP.wdtFeed();
  return ok ? 0 : -1;
}

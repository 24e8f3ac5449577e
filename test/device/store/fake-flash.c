#include "fake-flash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hal.h"

uint8_t flash_cells[FLASH_BYTES];
uint8_t rtc_cells[512];
uint32_t flash_erases[SECTORS];
uint32_t flash_steps;
jmp_buf flash_power_cut;

static uint32_t cut_step;
static enum tear cut_tear;
static uint32_t cut_random;
static int32_t failing;

static uint8_t some_bits(void) {
  /* xorshift32 */
  cut_random ^= cut_random << 13;
  cut_random ^= cut_random >> 17;
  cut_random ^= cut_random << 5;
  return (uint8_t)(cut_random >> 11);
}

static void wrong(const char *what, uint32_t offset, uint32_t length) {
  fprintf(stderr, "%s at 0x%x, %u bytes\n", what, offset, length);
  abort();
}

static uint8_t *cells(uint32_t space, uint32_t offset, uint32_t length) {
  uint32_t first = space == HAL_FLASH ? FLASH_FIRST : 0;
  uint32_t size = space == HAL_FLASH ? FLASH_BYTES : sizeof rtc_cells;
  if (offset < first || offset - first > size || length > size - (offset - first)) {
    wrong("outside", offset, length);
  }
  return (space == HAL_FLASH ? flash_cells : rtc_cells) + (offset - first);
}

static int32_t is_cut(void) {
  flash_steps++;
  return cut_step != 0 && --cut_step == 0;
}

static void program(uint8_t *to, const uint8_t *from, uint32_t length, int32_t torn) {
  for (uint32_t i = 0; i < length; i++) {
    to[i] &= (uint8_t)(from[i] | (torn ? some_bits() : 0));
  }
}

void flash_plan_cut(uint32_t step, enum tear tear, uint32_t seed) {
  cut_step = step;
  cut_tear = tear;
  cut_random = seed * 2654435761u | 1u;
}

void flash_fail(int32_t fails) {
  failing = fails;
}

void flash_clear(void) {
  memset(flash_cells, 0xff, sizeof flash_cells);
  memset(rtc_cells, 0xa5, sizeof rtc_cells);
  memset(flash_erases, 0, sizeof flash_erases);
  flash_steps = 0;
  flash_plan_cut(0, TEAR_NOTHING, 1);
  failing = 0;
}

int32_t hal_read(uint32_t space, uint32_t offset, void *to, uint32_t length) {
  memcpy(to, cells(space, offset, length), length);
  return 0;
}

int32_t hal_write(uint32_t space, uint32_t offset, const void *from, uint32_t length) {
  uint8_t *to = cells(space, offset, length);
  if (offset % 4 != 0 || length % 4 != 0) wrong("unaligned write", offset, length);
  if (failing) return -1;
  if (space == HAL_RTC) {
    memcpy(to, from, length);
    return 0;
  }
  const uint8_t *bytes = from;
  for (uint32_t i = 0; i < length; i += 4) {
    if (is_cut()) {
      if (cut_tear == TEAR_SOME) program(to + i, bytes + i, 4, 1);
      if (cut_tear == TEAR_PAGE) program(to, bytes, length, 1);
      if (cut_tear == TEAR_ALL) program(to + i, bytes + i, 4, 0);
      longjmp(flash_power_cut, 1);
    }
    program(to + i, bytes + i, 4, 0);
  }
  return 0;
}

int32_t hal_erase(uint32_t offset) {
  uint8_t *sector = cells(HAL_FLASH, offset, 4096);
  if (offset % 4096 != 0) wrong("erase", offset, 4096);
  if (failing) return -1;
  flash_erases[(offset - FLASH_FIRST) / 4096]++;
  if (is_cut()) {
    for (uint32_t i = 0; i < 4096; i++) {
      uint32_t done = cut_tear == TEAR_ALL || (cut_tear == TEAR_PAGE && i < 2048) ||
                      (cut_tear == TEAR_BODY && i >= 164);
      if (done) sector[i] = 0xff;
      if (cut_tear == TEAR_SOME) sector[i] |= some_bits();
    }
    longjmp(flash_power_cut, 1);
  }
  memset(sector, 0xff, 4096);
  return 0;
}

/* A region that only grows, because all code pages of a module go at once. Pages are large while
 * there is room, which wastes little in bridges from page to page; the last of it is given out in
 * small ones, because several are open at once and what is left in them is lost. */
#include "host_code.h"

#include <stddef.h>
#include <stdlib.h>

#include "hal.h"

enum { LARGE_PAGE = 2048, SMALL_PAGE = 256 };

static struct {
  uint8_t *region;
  uint32_t size;
  uint32_t used;
  uint32_t pages;
  uint32_t spilled;
  uint32_t spilled_pages;
} code;

static uint32_t rounded(uint32_t length, uint32_t page) {
  return (length + page - 1) / page * page;
}

static void clear(uint32_t *words, uint32_t size) {
  volatile uint32_t *target = words;
  for (uint32_t at = 0; at < size / 4; at++) target[at] = 0;
}

static void *spill(uint32_t *size) {
  *size = rounded(*size, SMALL_PAGE);
  void *page = calloc(*size, 1);
  if (page == NULL) return NULL;
  code.spilled += *size;
  code.spilled_pages++;
  return page;
}

void *host_code_alloc(uint32_t *size) {
  if (code.region == NULL) code.region = hal_code_memory(&code.size);
  if (code.region == NULL) code.size = 0;
  uint32_t left = code.size - code.used;
  uint32_t length = rounded(*size, left >= 2 * LARGE_PAGE ? LARGE_PAGE : SMALL_PAGE);
  if (length > left) return spill(size);
  void *page = code.region + code.used;
  code.used += length;
  code.pages++;
  *size = length;
  clear(page, length);
  return page;
}

void host_code_free(void *block) {
  uintptr_t at = (uintptr_t)block;
  uintptr_t start = (uintptr_t)code.region;
  if (block == NULL) return;
  if (at >= start && at - start < code.size) {
    if (--code.pages == 0) code.used = 0;
    return;
  }
  free(block);
  if (--code.spilled_pages == 0) code.spilled = 0;
}

uint32_t host_code_used(void) {
  return code.used;
}

uint32_t host_code_spilled(void) {
  return code.spilled;
}

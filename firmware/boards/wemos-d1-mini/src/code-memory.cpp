/* Compiled code is 32-bit words, read by words, so it may lie in instruction RAM, which is of no
 * use for anything else. The core's option of 16 KiB cache and 48 KiB of that RAM leaves what its
 * own code does not fill; it is all ours, because no second heap is set up in it. */
#include <Arduino.h>
#include <mmu_iram.h>

#include "runtime-c.h"

extern "C" void *hal_code_memory(uint32_t *size) {
  *size = static_cast<uint32_t>(mmu_sec_heap_size()) & ~3u;
  return mmu_sec_heap();
}

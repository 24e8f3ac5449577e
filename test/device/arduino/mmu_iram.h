/* Of the core, with more than 32 KiB of instruction RAM. There the two are inline. */
#ifndef MMU_IRAM_FAKE_H
#define MMU_IRAM_FAKE_H

#include <stddef.h>

extern "C" {
void *mmu_sec_heap(void);
size_t mmu_sec_heap_size(void);
}

#endif

/* The board's heap in RAM, with what is needed to say who takes how much of it. */
#ifndef CADDYSHACK_LX106_HEAP_H
#define CADDYSHACK_LX106_HEAP_H

#include <stdint.h>

/* Bytes with what the heap adds to each block: in use now, at most so far, and free. */
uint32_t heap_used(void);
uint32_t heap_peak(void);
uint32_t heap_free(void);
/* Calls `tell` for each block in use: the address it was asked for from, and its size. */
void heap_walk(void (*tell)(uint32_t caller, uint32_t size));

#endif

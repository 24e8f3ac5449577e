/* The ring of shift registers, as the runtime itself uses it. */
#ifndef CADDYSHACK_RING_H
#define CADDYSHACK_RING_H

#include <stdint.h>

/* As hal_shift; keeps account of what is latched. */
void ring_shift(const uint8_t *out, uint8_t *back, uint32_t count, uint32_t flags);

/* Ends pulses that a module left on when nobody will end them soon. The other outputs stay as they
 * are; without a pulse nothing is latched at all. */
void ring_end_pulses(void);

/* Samples of the inputs on a grid of ABI_SAMPLE_MS, from now on. */
void ring_start_samples(uint32_t slots, uint32_t now_ms);
void ring_stop_samples(void);
/* The sample, slot 1 first, when one was due and it is the first or differs from the last; else
 * null. `*count` is the number of slots. */
const uint8_t *ring_take_sample(uint32_t now_ms, uint32_t *count);
/* Until the next one is due. */
uint32_t ring_wait_ms(uint32_t now_ms);

#endif

/* Full-jitter back-off, as sim/runtime/backoff.ts: attempt k waits a random time from 0 to
 * min(BACKOFF_CAP_MS, BACKOFF_BASE_MS x 2^k). */
#ifndef CADDYSHACK_BACKOFF_H
#define CADDYSHACK_BACKOFF_H

#include <stdint.h>

/* `attempt`: attempts since the last good session, until the cap is reached. Answers the ms to
 * wait before the next one. `random` is any 31 bits. */
uint32_t backoff_next(uint8_t *attempt, uint32_t random);

#endif

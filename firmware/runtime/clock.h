/* Times that wrap at 32 bits. They compare rightly while they are less than 24 days apart. */
#ifndef CADDYSHACK_CLOCK_H
#define CADDYSHACK_CLOCK_H

#include <stdint.h>

static inline int32_t clock_reached(uint32_t now_ms, uint32_t at_ms) {
  return (int32_t)(now_ms - at_ms) >= 0;
}

/* How long until then; 0 when it was reached. */
static inline uint32_t clock_until(uint32_t now_ms, uint32_t at_ms) {
  return clock_reached(now_ms, at_ms) ? 0 : at_ms - now_ms;
}

#endif

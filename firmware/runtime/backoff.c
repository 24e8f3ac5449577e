#include "backoff.h"

#include "device.gen.h"

uint32_t backoff_next(uint8_t *attempt, uint32_t random) {
  uint32_t ceiling_ms = (uint32_t)CS_BACKOFF_BASE_MS << *attempt;
  if (ceiling_ms < CS_BACKOFF_CAP_MS) {
    *attempt = (uint8_t)(*attempt + 1);
  } else {
    ceiling_ms = CS_BACKOFF_CAP_MS;
  }
  return random % (ceiling_ms + 1);
}

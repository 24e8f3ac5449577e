#include "marker.h"

#include "abi.gen.h"

static struct store_marker marker;
/* Run time since the error that is shown. */
static uint32_t error_age_ms;

int32_t marker_start(int32_t reason) {
  int32_t known = store_read_marker(&marker) == 0;
  int32_t inside = known && marker.in_module;
  marker.in_module = 0;
  error_age_ms = 0;
  if (!inside) return 0;
  if (reason == ABI_BOOT_WATCHDOG) return CS_ERROR_HANG;
  return reason == ABI_BOOT_EXCEPTION ? CS_ERROR_TRAP : 0;
}

void marker_enter(void) {
  marker.in_module = 1;
  store_write_marker(&marker);
}

void marker_leave(void) {
  marker.in_module = 0;
  store_write_marker(&marker);
}

int32_t marker_slot(void) {
  return marker.slot;
}

static void forget_failures(void) {
  marker.since_ms[0] = marker.since_ms[1] = CS_FAILURE_WINDOW_MS;
}

void marker_use(int32_t slot) {
  if (marker.slot == slot) return;
  marker.slot = (int8_t)slot;
  marker.trial_ms = 0;
  forget_failures();
  store_write_marker(&marker);
}

uint32_t marker_failed(int32_t error) {
  uint32_t count = 1;
  for (uint32_t at = 0; at < 2; at++) count += marker.since_ms[at] < CS_FAILURE_WINDOW_MS;
  marker.since_ms[1] = marker.since_ms[0];
  marker.since_ms[0] = 0;
  marker_set_error(error);
  return count;
}

void marker_set_error(int32_t error) {
  marker.error = (uint8_t)error;
  error_age_ms = 0;
  store_write_marker(&marker);
}

int32_t marker_error(void) {
  return marker.error;
}

int32_t marker_ran(uint32_t ms) {
  if (ms > CS_FAILURE_WINDOW_MS) ms = CS_FAILURE_WINDOW_MS;
  for (uint32_t at = 0; at < 2; at++) {
    uint32_t since = marker.since_ms[at] + ms;
    marker.since_ms[at] = (uint16_t)(since < CS_FAILURE_WINDOW_MS ? since : CS_FAILURE_WINDOW_MS);
  }
  if (marker.trial_ms < CS_TRIAL_LIMIT_MS) marker.trial_ms += ms;
  if (marker.error == 0) return 0;
  error_age_ms += ms;
  if (error_age_ms < CS_FAILURE_WINDOW_MS) return 0;
  marker.error = 0;
  return 1;
}

uint32_t marker_trial_ms(void) {
  return marker.trial_ms;
}

void marker_restart_trial(void) {
  marker.trial_ms = 0;
}

void marker_latching(const uint8_t last_shifted[4]) {
  for (uint32_t at = 0; at < 4; at++) marker.latched[at] = last_shifted[at];
  /* Before the latch: a reset in between must not find older outputs in here. */
  store_write_marker(&marker);
}

void marker_set_slots(uint32_t slots) {
  marker.slots = (uint8_t)slots;
}

uint32_t marker_slots(void) {
  return marker.slots;
}

const uint8_t *marker_outputs(void) {
  return marker.latched + 4 - marker.slots;
}

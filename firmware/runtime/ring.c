#include "ring.h"

#include <string.h>

#include "abi.gen.h"
#include "clock.h"
#include "device.gen.h"
#include "hal.h"
#include "marker.h"

enum { SLOTS_MAX = 4, TRIES = 3 };

/* The last bytes shifted out: what a latch takes over. */
static uint8_t tail[SLOTS_MAX];

static struct {
  uint32_t slots; /* 0: no samples are taken */
  uint32_t due_ms;
  uint8_t known;
  uint8_t last[SLOTS_MAX];
} samples;

void ring_shift(const uint8_t *out, uint8_t *back, uint32_t count, uint32_t flags) {
  for (uint32_t at = count > SLOTS_MAX ? count - SLOTS_MAX : 0; at < count; at++) {
    memmove(tail, tail + 1, SLOTS_MAX - 1);
    tail[SLOTS_MAX - 1] = out[at];
  }
  if ((flags & ABI_SHIFT_LATCH) != 0) marker_latching(tail);
  hal_shift(out, back, count, flags);
}

/* Sends a word three times: what has gone all the way round once is what came back behind it. */
static int32_t arrives(const uint8_t *word, uint32_t slots) {
  uint8_t bytes[3 * SLOTS_MAX];
  for (uint32_t at = 0; at < 3 * slots; at++) bytes[at] = word[at % slots];
  ring_shift(bytes, bytes, 3 * slots, 0);
  return memcmp(bytes + 2 * slots, word, slots) == 0;
}

void ring_end_pulses(void) {
  uint32_t slots = marker_slots();
  uint8_t word[SLOTS_MAX];
  uint32_t pulses = 0;
  if (slots == 0 || slots > SLOTS_MAX) return;
  const uint8_t *outputs = marker_outputs();
  for (uint32_t at = 0; at < slots; at++) {
    pulses |= outputs[at] & CS_PULSE_BITS;
    word[at] = (uint8_t)(outputs[at] & ~CS_PULSE_BITS);
  }
  for (uint32_t tries = 0; pulses != 0 && tries < TRIES; tries++) {
    if (!arrives(word, slots)) continue;
    ring_shift(word, word, 0, ABI_SHIFT_LATCH);
    return;
  }
}

void ring_start_samples(uint32_t slots, uint32_t now_ms) {
  samples.slots = slots;
  samples.due_ms = now_ms + ABI_SAMPLE_MS;
  samples.known = 0;
}

void ring_stop_samples(void) {
  samples.slots = 0;
}

/* What was missed is not made up for: the next one is due on the grid after now. */
static void plan(uint32_t now_ms) {
  samples.due_ms += ABI_SAMPLE_MS;
  if (!clock_reached(now_ms, samples.due_ms)) return;
  uint32_t late_ms = now_ms - samples.due_ms;
  samples.due_ms += (late_ms / ABI_SAMPLE_MS + 1) * ABI_SAMPLE_MS;
}

const uint8_t *ring_take_sample(uint32_t now_ms, uint32_t *count) {
  static const uint8_t zeros[SLOTS_MAX];
  uint8_t sample[SLOTS_MAX];
  *count = samples.slots;
  if (samples.slots == 0 || !clock_reached(now_ms, samples.due_ms)) return NULL;
  plan(now_ms);
  ring_shift(zeros, sample, samples.slots, ABI_SHIFT_LOAD);
  if (samples.known && memcmp(sample, samples.last, samples.slots) == 0) return NULL;
  samples.known = 1;
  memcpy(samples.last, sample, samples.slots);
  return samples.last;
}

uint32_t ring_wait_ms(uint32_t now_ms) {
  return samples.slots == 0 ? ABI_SAMPLE_MS : clock_until(now_ms, samples.due_ms);
}

/* Which module runs, and what becomes of one that fails: booted afresh, given up for the other
 * slot's, or nobody left: safe mode. */
#include <string.h>

#include "abi.gen.h"
#include "clock.h"
#include "hal.h"
#include "host.h"
#include "marker.h"
#include "ring.h"
#include "runtime_parts.h"
#include "update.h"

static const struct store_config *config;

static struct {
  struct store_slot slots[2];
  int32_t slot;
  int32_t reason;
  int32_t boot_error;
  uint8_t boot_armed;
  uint8_t on_trial;
  uint8_t linked; /* since linked_ms, in one piece */
  uint8_t swapped; /* a pushed module boots afresh: when it runs, that is to be told */
  uint32_t boot_ms;
  uint32_t booted_ms;
  uint32_t linked_ms;
} life;

static void say(const char *what, const char *why) {
  char line[64];
  struct text text = {line, sizeof line, 0};
  text_put(&text, what);
  text_put(&text, why);
  hal_log(3, line, text.length);
}

static void arm(uint32_t after_ms) {
  life.boot_armed = 1;
  life.boot_ms = hal_now_ms() + after_ms;
}

/* Nobody speaks for the slots, and nobody would end a pulse. */
static void fall_silent(void) {
  ring_end_pulses();
  session_module_down();
}

static void use(int32_t slot) {
  life.slot = slot;
  life.linked = 0;
  life.on_trial = 0;
  marker_use(slot);
}

/* --- failing --- */

/* Since it was read a push may have begun to overwrite it. One that is bad stays so, though the
 * mark could not be written. */
static void look_again(int32_t slot) {
  uint8_t bad = life.slots[slot].bad;
  life_read_slot(slot);
  life.slots[slot].bad |= bad;
}

void life_give_up(int32_t error) {
  int32_t given_up = life.slot;
  if (store_on_trial(given_up)) {
    error = CS_ERROR_TRIAL;
    update_report(UPDATE_ROLLBACK, life.slots[given_up].sequence, 0);
  }
  /* Even if the mark cannot be written: it does not run again before the next reset. */
  (void)store_mark_bad(given_up);
  life.slots[given_up].bad = 1;
  look_again(1 - given_up);
  use(store_choose(life.slots));
  marker_set_error(error);
  life.swapped = 0;
  arm(0);
}

/* Counts a failure; answers whether the slot was given up for it. */
static int32_t count_failure(int32_t error) {
  if (marker_failed(error) < CS_FAILURES_MAX) return 0;
  life_give_up(error);
  return 1;
}

void life_failed(int32_t error) {
  say("module failed: ", host_error_text());
  calls_stop();
  life.reason = ABI_BOOT_TRAP;
  life.linked = 0;
  if (count_failure(error)) return;
  uint32_t lived_ms = hal_now_ms() - life.booted_ms;
  if (lived_ms >= CS_TRAP_STORM_MS) {
    arm(0);
    return;
  }
  fall_silent();
  arm(CS_BOOT_RETRY_MS);
}

/* --- booting --- */

static void enter_safe_mode(void) {
  if (marker_error() == 0) marker_set_error(CS_ERROR_NO_MODULE);
  say("safe mode", "");
  fall_silent();
}

/* A module runs for the first time: it inherits the record of the one before. */
static void first_run(int32_t slot) {
  int32_t other = 1 - slot;
  if (life.slots[slot].tried) return;
  if (life.slots[other].present) (void)store_copy_durable(other, slot);
  (void)store_mark_tried(slot);
  life.slots[slot].tried = 1;
}

static void load_refused(int32_t error) {
  say("module refused: ", host_error_text());
  if (life.on_trial) {
    life_give_up(error);
    return;
  }
  if (count_failure(error)) return;
  fall_silent();
  arm(CS_BOOT_RETRY_MS);
}

static void boot_refused(int32_t answer) {
  calls_stop();
  life.boot_error = answer;
  marker_set_error(answer == ABI_E_BASE ? CS_ERROR_BASE : CS_ERROR_RING);
  fall_silent();
  arm(CS_BOOT_RETRY_MS);
}

static void tell_swap(void) {
  if (!life.swapped) return;
  life.swapped = 0;
  update_report(UPDATE_RUN, life.slots[life.slot].sequence, 0);
}

static void boot(void) {
  int32_t slots = 0;
  life.boot_armed = 0;
  life.booted_ms = hal_now_ms();
  if (life.slot == SLOT_NONE) {
    enter_safe_mode();
    return;
  }
  first_run(life.slot);
  life.on_trial = store_on_trial(life.slot) != 0;
  int32_t error = calls_load(life.slot);
  if (error != 0) {
    load_refused(error);
    return;
  }
  error = calls_boot(life.slot, life.reason, &slots);
  if (error != 0) {
    life_failed(error);
    return;
  }
  if (slots < 1) {
    boot_refused(slots);
    return;
  }
  life.boot_error = 0;
  calls_run((uint32_t)slots);
  tell_swap();
  session_info_changed();
  calls_tick();
  session_booted();
}

void life_boot_afresh(int32_t slot, int32_t reason) {
  calls_stop();
  use(slot);
  life.reason = reason;
  life.swapped = !life.slots[slot].tried || (reason == ABI_BOOT_SWAP && store_on_trial(slot));
  arm(0);
}

void life_took_over(int32_t slot) {
  use(slot);
  life.booted_ms = hal_now_ms();
  life.boot_error = 0;
  life.on_trial = store_on_trial(slot) != 0;
  calls_go_on();
  session_info_changed();
}

/* --- trial --- */

static void confirm(void) {
  life.on_trial = 0;
  life.slots[life.slot].confirmed = 1;
  (void)store_mark_confirmed(life.slot);
  session_info_changed();
  update_report(UPDATE_CONFIRM, life.slots[life.slot].sequence, 0);
}

static void trial_step(uint32_t now_ms) {
  if (!life.on_trial || !calls_running()) return;
  if (!session_online()) {
    life.linked = 0;
  } else if (!life.linked) {
    life.linked = 1;
    life.linked_ms = now_ms;
  } else if (now_ms - life.linked_ms >= CS_TRIAL_LINKED_MS) {
    confirm();
    return;
  }
  if (marker_trial_ms() < CS_TRIAL_LIMIT_MS) return;
  const struct store_slot *other = &life.slots[1 - life.slot];
  if (other->present && !other->bad) swap_back();
  else marker_restart_trial();
}

/* --- the rest of the runtime asks --- */

void life_step(uint32_t now_ms, uint32_t ran_ms) {
  if (calls_running() && marker_ran(ran_ms)) session_info_changed();
  if (life.boot_armed && clock_reached(now_ms, life.boot_ms)) boot();
  trial_step(now_ms);
}

uint32_t life_wait_ms(uint32_t now_ms, uint32_t most) {
  if (!life.boot_armed) return most;
  uint32_t wait_ms = clock_until(now_ms, life.boot_ms);
  return wait_ms < most ? wait_ms : most;
}

int32_t life_slot(void) {
  return life.slot;
}

const struct store_slot *life_info(int32_t slot) {
  return &life.slots[slot];
}

void life_read_slot(int32_t slot) {
  store_read_slot(slot, config, &life.slots[slot]);
}

int32_t life_on_trial(void) {
  return life.on_trial;
}

int32_t life_boot_error(void) {
  return life.boot_error;
}

int32_t life_error(void) {
  return marker_error();
}

int32_t life_reason(void) {
  return life.reason;
}

void life_start(const struct store_config *from, int32_t reason, int32_t error) {
  config = from;
  memset(&life, 0, sizeof life);
  life.reason = reason;
  life_read_slot(SLOT_A);
  life_read_slot(SLOT_B);
  life.slot = store_choose(life.slots);
  int32_t failed = marker_slot();
  if (error != 0 && failed == life.slot && failed != SLOT_NONE && count_failure(error)) return;
  use(life.slot);
  arm(0);
}

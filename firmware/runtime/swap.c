/* From one module to another without a reset. The state is kept here until the next one has taken
 * it over, so that on any failure the one before resumes from the same bytes. */
#include <stdlib.h>
#include <string.h>

#include "abi.gen.h"
#include "hal.h"
#include "host.h"
#include "marker.h"
#include "runtime_parts.h"
#include "update.h"

static int32_t wanted;
static uint8_t giving_up;

void swap_start(void) {
  wanted = SLOT_NONE;
  giving_up = 0;
}

void swap_ask(int32_t slot) {
  wanted = slot;
  giving_up = 0;
}

void swap_back(void) {
  wanted = 1 - life_slot();
  giving_up = 1;
}

/* The module of `slot` goes on from the state. 0 or a CS_ERROR_*. */
static int32_t take_over(int32_t slot, const uint8_t *state, uint32_t length) {
  /* Whatever happens in there is this slot's, what it keeps as well. */
  marker_use(slot);
  int32_t error = calls_load(slot);
  if (error == 0) error = calls_resume(state, length);
  if (error != 0) host_unload();
  return error;
}

/* Neither could take over: the one before boots afresh. */
static void restore(int32_t from, int32_t to, const uint8_t *state, uint32_t length,
                    int32_t error) {
  (void)store_mark_bad(to);
  life_read_slot(to);
  if (take_over(from, state, length) == 0) life_took_over(from);
  else life_boot_afresh(from, ABI_BOOT_SWAP);
  marker_set_error(error);
  update_report(UPDATE_ROLLBACK, life_info(to)->sequence, 0);
}

static void hand_over(int32_t from, int32_t to, const uint8_t *state, uint32_t length,
                      uint32_t suspended_ms) {
  host_unload();
  int32_t error = take_over(to, state, length);
  if (error == 0) {
    life_took_over(to);
    if (!giving_up) {
      update_report(UPDATE_RUN, life_info(to)->sequence, hal_now_ms() - suspended_ms);
    }
  } else if (giving_up) {
    /* It runs from its records, as after a reset. */
    life_boot_afresh(to, ABI_BOOT_SWAP);
  } else {
    restore(from, to, state, length, error);
  }
}

/* The time that writing flash takes is not part of the gap. */
static void prepare(int32_t from, int32_t to) {
  if (giving_up) {
    update_report(UPDATE_ROLLBACK, life_info(from)->sequence, 0);
    (void)store_mark_bad(from);
    life_read_slot(from);
    marker_set_error(CS_ERROR_TRIAL);
  }
  life_read_slot(to);
  if (life_info(to)->tried) return;
  (void)store_copy_durable(from, to);
  (void)store_mark_tried(to);
  life_read_slot(to);
}

/* While the next module is loaded RAM is scarce, so the state lies in the client's buffer if it
 * can. */
static uint8_t *room_for(uint32_t length) {
  uint32_t size = 0;
  uint8_t *borrowed = session_borrow_buffer(&size);
  return borrowed != NULL && length <= size ? borrowed : malloc(length);
}

static void give_back(uint8_t *room) {
  uint32_t size = 0;
  if (room != session_borrow_buffer(&size)) free(room);
}

static void swap(int32_t from, int32_t to) {
  uint32_t length = 0;
  uint32_t size = 0;
  prepare(from, to);
  /* So that the durations in the state are true. */
  calls_tick();
  uint32_t suspended_ms = hal_now_ms();
  uint8_t *state = NULL;
  if (calls_running() && calls_suspend(&length) == 0) state = room_for(length);
  if (state == NULL) {
    life_boot_afresh(to, ABI_BOOT_SWAP);
    return;
  }
  memcpy(state, host_inbox(&size), length);
  hand_over(from, to, state, length, suspended_ms);
  give_back(state);
}

void swap_step(void) {
  int32_t to = wanted;
  int32_t from = life_slot();
  wanted = SLOT_NONE;
  if (to == SLOT_NONE) return;
  if (calls_running()) {
    swap(from, to);
  } else {
    life_read_slot(to);
    life_boot_afresh(to, ABI_BOOT_SWAP);
  }
}

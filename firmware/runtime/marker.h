/* The runtime's black box in RTC memory: what was under way when the CPU was reset, how often the
 * module of a slot has failed lately, and what the outputs are latched to. */
#ifndef CADDYSHACK_MARKER_H
#define CADDYSHACK_MARKER_H

#include <stdint.h>

#include "store.h"

/* Reads it after a reset for this reason (a boot reason of ABI 1). Answers 0, or the CS_ERROR_*
 * of a call of the module that the reset ended; marker_slot tells of which slot. */
int32_t marker_start(int32_t reason);

/* Around everything that runs code of the module. */
void marker_enter(void);
void marker_leave(void);

int32_t marker_slot(void);
/* Another slot runs from now on: failures and trial begin anew. Nothing changes for the same
 * one. */
void marker_use(int32_t slot);

/* The module failed. Answers how often within CS_FAILURE_WINDOW_MS of run time, this one
 * included, at most CS_FAILURES_MAX. */
uint32_t marker_failed(int32_t error);
void marker_set_error(int32_t error);
int32_t marker_error(void);

/* The module has run for so long again. The error is forgotten after CS_FAILURE_WINDOW_MS without a
 * new one; answers 1 when that is so now. */
int32_t marker_ran(uint32_t ms);
uint32_t marker_trial_ms(void);
void marker_restart_trial(void);

/* The outputs; what was shifted last is latched in a moment. */
void marker_latching(const uint8_t last_shifted[4]);
void marker_set_slots(uint32_t slots);
uint32_t marker_slots(void);
/* The outputs' bytes, as many as there are slots. */
const uint8_t *marker_outputs(void);

#endif

/* What the files of the runtime know of each other. */
#ifndef CADDYSHACK_RUNTIME_PARTS_H
#define CADDYSHACK_RUNTIME_PARTS_H

#include <stdint.h>

#include "store.h"
#include "text.h"

/* --- life.c: which module runs, and what becomes of one that fails --- */

/* Reads the slots and boots the module of the better one in the first step. `error` is of a call
 * that the reset ended, 0 when there was none. */
void life_start(const struct store_config *config, int32_t reason, int32_t error);
/* Boots when it is time to; lets trial and error grow older by `ran_ms`. */
void life_step(uint32_t now_ms, uint32_t ran_ms);
/* The running module failed with this error: it is dead. */
void life_failed(int32_t error);
/* The slot is not to run again; the other one, if it can, boots as soon as the next step. */
void life_give_up(int32_t error);
/* Boots the module of the slot afresh in the next step. */
void life_boot_afresh(int32_t slot, int32_t reason);
/* The module of this slot runs now. */
void life_took_over(int32_t slot);
/* 0 when a module is to be booted at once, else the ms until then; `most` when none is. */
uint32_t life_wait_ms(uint32_t now_ms, uint32_t most);
/* One of SLOT_*: what runs or is to run. SLOT_NONE is safe mode. */
int32_t life_slot(void);
const struct store_slot *life_info(int32_t slot);
/* Reads a slot anew: something was pushed to it. */
void life_read_slot(int32_t slot);
int32_t life_on_trial(void);
/* What `boot` answered when that was an error, else 0. */
int32_t life_boot_error(void);
/* The CS_ERROR_* shown in info. */
int32_t life_error(void);
int32_t life_reason(void);

/* --- calls.c: calls of the module in the order of ABI 1, each followed by a tick --- */

void calls_start(void);
/* Loads the module of a slot. 0 or a CS_ERROR_*. */
int32_t calls_load(int32_t slot);
/* Boots what was loaded: 0 or a CS_ERROR_*; the slots or an error of ABI 1 in `slots`. */
int32_t calls_boot(int32_t slot, int32_t reason, int32_t *slots);
/* From now on it is sampled and ticked. */
void calls_run(uint32_t slots);
/* Another instance, of the same ring, runs from now on: samples and ticks keep their times. */
void calls_go_on(void);
/* It is unloaded; nothing is called. */
void calls_stop(void);
int32_t calls_running(void);
/* The bytes of its state in the inbox. 0 or a CS_ERROR_*. */
int32_t calls_suspend(uint32_t *length);
/* The same bytes into what was just loaded, and its first tick. 0 or a CS_ERROR_*. */
int32_t calls_resume(const uint8_t *state, uint32_t length);
/* Sample and tick, where due. */
void calls_step(uint32_t now_ms);
void calls_tick(void);
void calls_link(int32_t up);
void calls_message(const uint8_t *bytes, uint32_t topic, uint32_t payload, uint32_t flags);
uint32_t calls_wait_ms(uint32_t now_ms);
/* Slots of the ring while a module runs, else 0. */
uint32_t calls_slots(void);
/* The figure a module noted last; 0 when it noted none of this code. */
int32_t calls_note(uint32_t code, int32_t *value);

/* --- session.c: the session with the broker --- */

void session_start(const struct store_config *config, uint32_t now_ms);
/* Answers the ms until it wants to be called again. */
uint32_t session_step(uint32_t now_ms);
/* A module was booted: it is told of a session that is up. */
void session_booted(void);
/* Around the module's link(1); after every tick. */
void session_begin_link(void);
void session_end_pass(void);
/* There is no module to speak for the slots. */
void session_module_down(void);
/* What `info` says is not true any more. */
void session_info_changed(void);
/* Memory for use within one step; null while a message lies in it. */
uint8_t *session_borrow_buffer(uint32_t *size);
/* `online` was published. */
int32_t session_online(void);
/* The module asked for what there was no room for. */
void session_refused_room(void);
/* Base topic. */
const char *session_base(uint32_t *length);

/* --- swap.c: from one module to another without a reset --- */

void swap_start(void);
/* To this slot in the next step. */
void swap_ask(int32_t slot);
/* As swap_ask, but the one that runs was given up. */
void swap_back(void);
void swap_step(void);

/* --- info.c --- */

void info_start(const char *board, uint32_t now_ms);
void info_step(uint32_t now_ms);
/* The JSON of SPEC 2.5. */
void info_write(struct text *text);

#endif

/* A board's storage in RAM: NOR flash that can lose power in the middle of a write or an erase. */
#ifndef FAKE_FLASH_H
#define FAKE_FLASH_H

#include <setjmp.h>
#include <stdint.h>

enum {
  FLASH_FIRST = 0x200000, /* what lies below belongs to the board */
  FLASH_BYTES = 0x28000,
  SECTORS = FLASH_BYTES / 4096,
};

/* What the step in which the power goes leaves behind. */
enum tear {
  TEAR_NOTHING, /* nothing of it */
  TEAR_SOME,    /* some of its bits */
  TEAR_PAGE,    /* some bits of the whole write, half of the erase */
  TEAR_BODY,    /* the worst of an erase for a module slot: header and `committed` stay */
  TEAR_ALL,     /* all of it, but nobody hears of it */
  TEARS,
};

extern uint8_t flash_cells[FLASH_BYTES];
extern uint8_t rtc_cells[512];
extern uint32_t flash_erases[SECTORS];
/* Words written and sectors erased so far. */
extern uint32_t flash_steps;
/* Where the program goes on when the power is cut. */
extern jmp_buf flash_power_cut;

/* The power goes in step `step` (from 1) of those to come; 0: never. */
void flash_plan_cut(uint32_t step, enum tear tear, uint32_t seed);
/* Every write and erase fails from now on, or works again. */
void flash_fail(int32_t fails);
void flash_clear(void);

#endif

/* What a framed board is made of: two byte streams, and what it can measure about itself. */
#ifndef CADDYSHACK_PORT_H
#define CADDYSHACK_PORT_H

#include <stdint.h>

#include "frames.gen.h"

/* Waits for at least one byte. Bytes read, or <= 0 when the simulator is gone. */
int32_t port_read(uint8_t *to, uint32_t size);
/* Writes all of it; does not return when the simulator is gone. */
void port_write(const uint8_t *from, uint32_t length);
void port_exit(int32_t code) __attribute__((noreturn));

/* Cycles of the CPU so far; 0 where they are not counted. */
uint32_t port_cycles(void);
/* FIGURE_HEAP_FREE or FIGURE_STACK_FREE of the board itself; 0 when the simulator shall say. */
int32_t port_figure(int32_t what, int32_t *value);
void port_stats(uint32_t stats[FRAME_STAT_COUNT]);

/* Shown in info. */
extern const char port_name[];
extern const uint8_t port_board;

/* Sends STATS. */
void framed_stats(void);
/* Called by the port once it has set itself up; never returns. */
void framed_main(void) __attribute__((noreturn));

#endif

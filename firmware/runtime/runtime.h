/* The runtime: boots the module of the chosen slot, samples, ticks, speaks `status` and `info`,
 * swaps modules. A board calls runtime_start once and runtime_step for ever. */
#ifndef CADDYSHACK_RUNTIME_H
#define CADDYSHACK_RUNTIME_H

#include <stdint.h>

/* `board` is shown in info; it must outlive the runtime. */
void runtime_start(const char *board);
/* One pass: a sample when one is due, a tick when one is due, the network. Ends in hal_idle. */
void runtime_step(void);

#endif

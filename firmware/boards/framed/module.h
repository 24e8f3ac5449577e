/* Module mode: the simulator makes the calls of ABI 1, one after the other. */
#ifndef CADDYSHACK_MODULE_H
#define CADDYSHACK_MODULE_H

void module_main(void) __attribute__((noreturn));

#endif

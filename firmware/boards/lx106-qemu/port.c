/* The ESP8266's CPU in QEMU: bytes go through simcalls to the emulator's own stdin and stdout. */
#include "port.h"

#include <string.h>

#include "device.gen.h"
#include "hal.h"
#include "heap.h"
#include "host_code.h"
#include "link.h"

enum { SIM_EXIT = 1, SIM_READ = 3, SIM_WRITE = 4, STDIN = 0, STDOUT = 1 };
#define PAINT 0xA5A5A5A5u

int32_t lx106_simcall(int32_t what, int32_t fd, const void *bytes, uint32_t length);
void lx106_main(void) __attribute__((noreturn));

/* Of the linker script; only their addresses mean something. */
extern uint32_t __bss_start[], __bss_end[], __stack_bottom[], __stack_top[];
extern uint8_t __stack_size[], __code_heap_start[], __code_heap_end[];

const char port_name[] = "lx106-qemu";
const uint8_t port_board = FRAME_BOARD_LX106;

int32_t port_read(uint8_t *to, uint32_t size) {
  return lx106_simcall(SIM_READ, STDIN, to, size);
}

void port_write(const uint8_t *from, uint32_t length) {
  while (length > 0) {
    int32_t done = lx106_simcall(SIM_WRITE, STDOUT, from, length);
    if (done <= 0) port_exit(1);
    from += done;
    length -= (uint32_t)done;
  }
}

void port_exit(int32_t code) {
  for (;;) lx106_simcall(SIM_EXIT, code, 0, 0);
}

/* Words of the stack that were never written, counted from its far end. */
static uint32_t unused_words(void) {
  uint32_t *word = __stack_bottom;
  while (word < __stack_top && *word == PAINT) word++;
  return (uint32_t)(word - __stack_bottom);
}

static uint32_t stack_used(void) {
  return (uint32_t)(__stack_top - __stack_bottom - (int32_t)unused_words()) * 4u;
}

/* Up to a little below itself. */
static void __attribute__((noinline)) paint_stack(void) {
  uintptr_t here = (uintptr_t)__builtin_frame_address(0);
  for (uint32_t *word = __stack_bottom; (uintptr_t)word < here - 64; word++) *word = PAINT;
}

void *hal_code_memory(uint32_t *size) {
  *size = (uint32_t)(__code_heap_end - __code_heap_start);
  return __code_heap_start;
}

int32_t port_figure(int32_t what, int32_t *value) {
  if (what == CS_FIGURE_STACK_FREE) {
    *value = (int32_t)(uintptr_t)__stack_size - (int32_t)stack_used();
  } else if (what == CS_FIGURE_HEAP_FREE) {
    *value = (int32_t)heap_free();
  } else {
    return 0;
  }
  return 1;
}

static void tell_block(uint32_t caller, uint32_t size) {
  uint8_t bytes[8];
  put_u32(bytes, caller);
  put_u32(bytes + 4, size);
  struct link_part part = {bytes, sizeof bytes};
  link_tell(FRAME_BLOCK, &part, 1);
}

void port_stats(uint32_t stats[FRAME_STAT_COUNT]) {
  stats[FRAME_STAT_HEAP] = heap_used();
  stats[FRAME_STAT_HEAP_PEAK] = heap_peak();
  stats[FRAME_STAT_CODE] = host_code_used();
  stats[FRAME_STAT_CODE_SPILLED] = host_code_spilled();
  stats[FRAME_STAT_STACK] = stack_used();
  paint_stack();
  heap_walk(tell_block);
}

void lx106_main(void) {
  memset(__bss_start, 0, (size_t)((uint8_t *)__bss_end - (uint8_t *)__bss_start));
  paint_stack();
  framed_main();
}

void abort(void) { port_exit(1); }

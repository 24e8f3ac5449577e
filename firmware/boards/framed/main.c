#include "link.h"
#include "module.h"
#include "port.h"
#include "runtime.h"

void framed_stats(void) {
  uint32_t stats[FRAME_STAT_COUNT] = {0};
  uint8_t bytes[4 * FRAME_STAT_COUNT];
  port_stats(stats);
  for (uint32_t i = 0; i < FRAME_STAT_COUNT; i++) put_u32(bytes + 4 * i, stats[i]);
  struct link_part part = {bytes, sizeof bytes};
  link_tell(FRAME_STATS, &part, 1);
}

static uint8_t greet(void) {
  uint8_t hello[2] = {FRAME_VERSION, port_board};
  uint8_t mode = FRAME_MODE_RUNTIME;
  struct link_part part = {hello, sizeof hello};
  struct frame_sink sink = {&mode, 1};
  link_ask(FRAME_HELLO, &part, 1, &sink, 1);
  return mode;
}

void framed_main(void) {
  if (greet() == FRAME_MODE_MODULE) module_main();
  runtime_start(port_name);
  for (;;) runtime_step();
}

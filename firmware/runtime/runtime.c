/* The loop: what is due, then the network, then sleep until something is due again. */
#include "runtime.h"

#include "clock.h"
#include "device.gen.h"
#include "hal.h"
#include "marker.h"
#include "mqtt.h"
#include "ring.h"
#include "runtime_parts.h"

/* Without a module nothing is sampled, but the network still wants to be served. */
enum { PASS_MS = 10 };

static struct store_config config;
static uint8_t configured;
static int32_t reason;
static int32_t reset_error;
static uint32_t last_ms;
static uint32_t retry_ms;

static void configure(uint32_t now_ms) {
  if (store_read_config(&config) != 0) {
    static const char text[] = "no configuration: flash this backplane";
    hal_log(3, text, sizeof text - 1);
    ring_end_pulses();
    retry_ms = now_ms + CS_BOOT_RETRY_MS;
    return;
  }
  configured = 1;
  session_start(&config, now_ms);
  life_start(&config, reason, reset_error);
}

void runtime_start(const char *board) {
  uint32_t now_ms = hal_now_ms();
  configured = 0;
  last_ms = now_ms;
  store_start();
  calls_stop();
  calls_start();
  swap_start();
  info_start(board, now_ms);
  reason = hal_figure(CS_FIGURE_RESET_CAUSE);
  reset_error = marker_start(reason);
  configure(now_ms);
}

static uint32_t least(uint32_t a, uint32_t b) {
  return a < b ? a : b;
}

void runtime_step(void) {
  uint32_t now_ms = hal_now_ms();
  if (!configured) {
    if (clock_reached(now_ms, retry_ms)) configure(now_ms);
    hal_idle(PASS_MS, 0);
    return;
  }
  info_step(now_ms);
  life_step(now_ms, now_ms - last_ms);
  last_ms = now_ms;
  calls_step(now_ms);
  uint32_t wait_ms = session_step(now_ms);
  swap_step();
  now_ms = hal_now_ms();
  wait_ms = least(wait_ms, calls_wait_ms(now_ms));
  hal_idle(life_wait_ms(now_ms, wait_ms), mqtt_is_up());
}

/* The Wemos D1 mini as a board of the runtime (hal.h). The core calls setup() and loop(). */
#include <Arduino.h>
#include <string.h>

#include "board.h"
#include "runtime-c.h"

namespace {

constexpr char BOARD_NAME[] = "wemos-d1-mini";

struct {
  bool configured;
  /* "shack1/bp1", and "shack1-bp1" as a host name has it. */
  char account[sizeof(store_config::account)];
  char host_name[33];
} board;

void name_host() {
  uint32_t at = 0;
  for (; board.account[at] != 0 && at < sizeof board.host_name - 1; at++) {
    const char c = board.account[at];
    board.host_name[at] = c == '/' ? '-' : c;
  }
  board.host_name[at] = 0;
}

void read_config() {
  struct store_config config;
  board.configured = store_read_config(&config) == 0;
  strcpy(board.account, board.configured ? config.account : BOARD_NAME);
  name_host();
  if (!board.configured) {
    console_note(3, "no configuration: flash the backplane");
  } else if (config.tls != 0) {
    /* In clear to a broker that was meant to be reached by TLS would give the password away. */
    console_note(3, "the configuration wants TLS, which this image has not: no broker");
    stream_refuse();
  }
}

void begin_wifi() {
  struct store_wifi wifi;
  const bool there = store_read_wifi(&wifi) == 0;
  if (!there) console_note(2, "wifi: no network is configured");
  wifi_begin(board.host_name, there ? wifi.ssid : "", there ? wifi.password : "");
}

Led led(bool linked) {
  if (linked) return Led::LINKED;
  if (!board.configured) return Led::NO_CONFIG;
  return wifi_is_up() ? Led::NO_BROKER : Led::NO_WIFI;
}

}  // namespace

void setup() {
  outputs_begin();
  led_begin();
  console_begin();
  store_start();
  figures_begin();
  current_begin();
  read_config();
  provisioning_begin(board.account);
  begin_wifi();
  runtime_start(BOARD_NAME);
}

void loop() { runtime_step(); }

extern "C" uint32_t hal_now_ms(void) { return static_cast<uint32_t>(millis()); }

extern "C" void hal_idle(uint32_t ms, int32_t linked) {
  const uint32_t from_ms = hal_now_ms();
  wifi_step(from_ms);
  console_step(from_ms);
  provisioning_step(from_ms);
  current_step(from_ms);
  figures_step(from_ms);
  led_step(led(linked != 0), from_ms);
  /* Both let the SDK work, and it feeds the watchdogs then. */
  yield();
  while (!stream_readable() && hal_now_ms() - from_ms < ms) delay(1);
}

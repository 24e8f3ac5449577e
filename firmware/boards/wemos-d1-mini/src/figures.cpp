/* hal_figure: every answer is at hand, none is waited for. */
#include <Arduino.h>
#include <ESP8266WiFi.h>

#include "board.h"
#include "reset-cause.h"
#include "runtime-c.h"

namespace {

/* A0 reads 0 to 1 V as 0 to 1023. The D1 mini divides by 220k over 100k, the backplane adds 330k
 * before it: 6.5 V. */
constexpr uint32_t RAIL_FULL_SCALE_MV = 6500;
constexpr uint32_t ADC_FULL_SCALE = 1023;
/* Reading A0 much more often costs the radio its packets. */
constexpr uint32_t RAIL_PERIOD_MS = 100;
/* What the SDK answers for the signal when there is none. */
constexpr int8_t NO_SIGNAL = 31;

struct {
  int32_t reset_cause;
  int32_t rail_mv;
  uint32_t rail_ms;
} figures;

void read_rail(uint32_t now_ms) {
  figures.rail_ms = now_ms;
  const uint32_t level = static_cast<uint32_t>(analogRead(A0));
  figures.rail_mv = static_cast<int32_t>(level * RAIL_FULL_SCALE_MV / ADC_FULL_SCALE);
}

int32_t signal_dbm() {
  const int8_t dbm = WiFi.RSSI();
  return wifi_is_up() && dbm != NO_SIGNAL ? dbm : 0;
}

}  // namespace

void figures_begin() {
  struct store_marker marker;
  const bool rtc_kept = store_read_marker(&marker) == 0;
  figures.reset_cause = boot_reason(ESP.getResetInfoPtr()->reason, rtc_kept);
  read_rail(hal_now_ms());
}

void figures_step(uint32_t now_ms) {
  if (now_ms - figures.rail_ms >= RAIL_PERIOD_MS) read_rail(now_ms);
}

extern "C" int32_t hal_figure(int32_t what) {
  switch (what) {
    case CS_FIGURE_RAIL:
      return figures.rail_mv;
    case CS_FIGURE_RESET_CAUSE:
      return figures.reset_cause;
    case CS_FIGURE_RANDOM:
      return static_cast<int32_t>(ESP.random() & 0x7FFFFFFFu);
    case CS_FIGURE_HEAP_FREE:
      return static_cast<int32_t>(ESP.getFreeHeap());
    case CS_FIGURE_STACK_FREE:
      return static_cast<int32_t>(ESP.getFreeContStack());
    case CS_FIGURE_RSSI:
      return signal_dbm();
    default:
      return current_ma(what);
  }
}

/* The LED on D4: on = linked to the broker; slow = Wi-Fi but no broker; quick = no Wi-Fi; two
 * flashes = no configuration. */
#include <Arduino.h>

#include "board.h"
#include "pins.h"

static bool is_lit(Led what, uint32_t now_ms) {
  switch (what) {
    case Led::LINKED:
      return true;
    case Led::NO_BROKER:
      return now_ms % 1000 < 500;
    case Led::NO_WIFI:
      return now_ms % 250 < 125;
    default: {
      const uint32_t at = now_ms % 2000;
      return at < 100 || (at >= 250 && at < 350);
    }
  }
}

void led_begin() {
  digitalWrite(PIN_LED, HIGH);
  pinMode(PIN_LED, OUTPUT);
}

void led_step(Led what, uint32_t now_ms) {
  digitalWrite(PIN_LED, is_lit(what, now_ms) ? LOW : HIGH);
}

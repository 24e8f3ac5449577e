/* The ring: one 74HC595 and one 74HC165 per slot on the SPI pins, at 1 MHz (breadboards and long
 * wires fail at 4), mode 0, MSB first. An output changes at a rising edge of LATCH and at nothing
 * else, so LATCH moves in hal_shift alone. */
#include <Arduino.h>
#include <SPI.h>

#include "board.h"
#include "pins.h"
#include "runtime-c.h"

static constexpr uint32_t SPI_HZ = 1000000;

void outputs_rest() {
  /* The level first and then the direction: the other way round the pin shows an old level for a
   * moment. */
  digitalWrite(PIN_LATCH, LOW);
  pinMode(PIN_LATCH, OUTPUT);
  digitalWrite(PIN_LOAD_N, HIGH);
  pinMode(PIN_LOAD_N, OUTPUT);
}

/* The core calls this before constructors and setup(), right after it made every pin an input. */
extern "C" void preinit(void) { outputs_rest(); }

void outputs_begin() {
  outputs_rest();
  SPI.begin();
  /* Never ended: nobody else is on these pins. */
  SPI.beginTransaction(SPISettings(SPI_HZ, MSBFIRST, SPI_MODE0));
}

extern "C" void hal_shift(const uint8_t *out, uint8_t *back, uint32_t count, uint32_t flags) {
  if ((flags & ABI_SHIFT_LOAD) != 0) {
    /* SCK is low here, as a 74HC165 wants it when its load ends. */
    digitalWrite(PIN_LOAD_N, LOW);
    digitalWrite(PIN_LOAD_N, HIGH);
  }
  if (count > 0) SPI.transferBytes(out, back, count);
  if ((flags & ABI_SHIFT_LATCH) != 0) {
    digitalWrite(PIN_LATCH, HIGH);
    digitalWrite(PIN_LATCH, LOW);
  }
}

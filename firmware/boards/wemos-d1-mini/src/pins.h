/* The Wemos D1 mini's pins by GPIO number, and what hangs on them (DESIGN 5a). Only GPIO5 stays
 * quiet through a boot, so it is the latch; SPI pins may wiggle then, which moves nothing without
 * a latch. */
#ifndef CADDYSHACK_PINS_H
#define CADDYSHACK_PINS_H

#include <stdint.h>

constexpr uint8_t PIN_LATCH = 5;   /* D1: a rising edge takes the ring's word to the outputs */
constexpr uint8_t PIN_LOAD_N = 16; /* D0: low takes the inputs into the ring */
constexpr uint8_t PIN_SDA = 4;     /* D2 */
constexpr uint8_t PIN_SCL = 0;     /* D3: must be high at boot, which its pull-up sees to */
constexpr uint8_t PIN_LED = 2;     /* D4: the LED on the module, on when low */

#endif

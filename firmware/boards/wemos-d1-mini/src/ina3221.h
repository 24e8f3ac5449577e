/* INA3221 by its data sheet (TI SBOS576B): registers, and what their bits mean on a backplane. */
#ifndef CADDYSHACK_INA3221_H
#define CADDYSHACK_INA3221_H

#include <stdint.h>

/* A0 to ground: 0x40, to the supply: 0x41. */
constexpr uint8_t INA3221_ADDRESS = 0x40;
constexpr uint8_t INA3221_CHANNELS = 3;

constexpr uint8_t INA3221_CONFIG = 0x00;
/* Shunt voltage of channel 0, 1, 2: every other register. */
constexpr uint8_t INA3221_SHUNT = 0x01;
constexpr uint8_t INA3221_MAKER = 0xFE;
constexpr uint16_t INA3221_MAKER_TI = 0x5449;

/* Three channels on, mean of 16, 1.1 ms each, shunts only, without end: a new mean every 53 ms. */
constexpr uint16_t INA3221_CONFIG_BACKPLANE = 0x7525;

constexpr uint8_t ina3221_shunt_register(uint8_t channel) {
  return static_cast<uint8_t>(INA3221_SHUNT + 2 * channel);
}

/* Bits 15 to 3 are a signed number of 40 uV; a shunt is 10 mOhm, so one step is 4 mA. A current
 * that flows back shows as 0: less than 0 is "unknown". */
constexpr int32_t ina3221_ma(uint16_t shunt) {
  return (shunt & 0x8000u) != 0 ? 0 : (shunt >> 3) * 4;
}

#endif

/* The current of each slot, read in turn and kept, so that hal_figure never waits for the bus. A
 * chip that does not answer, or is another one, makes its slots unknown and is looked for again
 * once a second. */
#include <Arduino.h>
#include <twi.h>

#include "board.h"
#include "ina3221.h"
#include "pins.h"
#include "runtime-c.h"

namespace {

constexpr uint32_t BUS_HZ = 400000;
/* The INA3221 never stretches the clock. The core's own limit is 150 ms for every bit: a wire
 * that is stuck low would then hold the loop for seconds. */
constexpr uint32_t STRETCH_LIMIT_US = 10;
constexpr uint32_t STEP_MS = 10;
constexpr uint32_t RETRY_MS = 1000;
constexpr uint8_t MAX_SLOTS = 4;
constexpr uint8_t CHIPS = 2;

enum class Chip : uint8_t { LOST, FOUND, READY };

struct {
  Chip chip[CHIPS];
  uint32_t lost_ms[CHIPS];
  int32_t ma[MAX_SLOTS];
  uint32_t step_ms;
  uint8_t slot; /* from 0: whose turn it is */
} sense;

uint8_t chip_of(uint8_t slot) { return static_cast<uint8_t>(slot / INA3221_CHANNELS); }

uint8_t address_of(uint8_t chip) { return static_cast<uint8_t>(INA3221_ADDRESS + chip); }

bool read_register(uint8_t address, uint8_t name, uint16_t *value) {
  uint8_t bytes[2] = {name, 0};
  if (twi_writeTo(address, bytes, 1, 1) != 0) return false;
  if (twi_readFrom(address, bytes, 2, 1) != 0) return false;
  *value = static_cast<uint16_t>(bytes[0] << 8 | bytes[1]);
  return true;
}

bool write_register(uint8_t address, uint8_t name, uint16_t value) {
  uint8_t bytes[3] = {name, static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value & 0xFF)};
  return twi_writeTo(address, bytes, 3, 1) == 0;
}

void lose(uint8_t chip, uint32_t now_ms) {
  sense.chip[chip] = Chip::LOST;
  sense.lost_ms[chip] = now_ms;
  for (uint8_t slot = 0; slot < MAX_SLOTS; slot++) {
    if (chip_of(slot) == chip) sense.ma[slot] = -1;
  }
  /* A reset of the CPU in mid-read may leave a chip holding SDA; a few clocks make it let go. */
  twi_status();
}

/* One transaction towards a reading of `slot`. */
void work(uint8_t slot, uint32_t now_ms) {
  const uint8_t chip = chip_of(slot);
  const uint8_t address = address_of(chip);
  uint16_t value = 0;
  bool ok = false;
  switch (sense.chip[chip]) {
    case Chip::LOST:
      if (now_ms - sense.lost_ms[chip] < RETRY_MS) return;
      ok = read_register(address, INA3221_MAKER, &value) && value == INA3221_MAKER_TI;
      if (ok) sense.chip[chip] = Chip::FOUND;
      break;
    case Chip::FOUND:
      ok = write_register(address, INA3221_CONFIG, INA3221_CONFIG_BACKPLANE);
      if (ok) sense.chip[chip] = Chip::READY;
      break;
    case Chip::READY:
      ok = read_register(address, ina3221_shunt_register(slot % INA3221_CHANNELS), &value);
      if (ok) sense.ma[slot] = ina3221_ma(value);
      break;
  }
  if (!ok) lose(chip, now_ms);
}

}  // namespace

void current_begin() {
  twi_init(PIN_SDA, PIN_SCL);
  twi_setClock(BUS_HZ);
  twi_setClockStretchLimit(STRETCH_LIMIT_US);
  const uint32_t now_ms = hal_now_ms();
  for (uint8_t chip = 0; chip < CHIPS; chip++) {
    sense.chip[chip] = Chip::LOST;
    sense.lost_ms[chip] = now_ms - RETRY_MS;
  }
  for (int32_t &ma : sense.ma) ma = -1;
  sense.step_ms = now_ms - STEP_MS;
  sense.slot = 0;
}

void current_step(uint32_t now_ms) {
  if (now_ms - sense.step_ms < STEP_MS) return;
  sense.step_ms = now_ms;
  work(sense.slot, now_ms);
  sense.slot = static_cast<uint8_t>((sense.slot + 1) % MAX_SLOTS);
}

int32_t current_ma(int32_t slot) {
  return slot < 1 || slot > MAX_SLOTS ? -1 : sense.ma[slot - 1];
}

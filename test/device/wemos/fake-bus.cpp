/* I2C with INA3221s on it. Bits take the time they take at the clock that was set; a wire that is
 * held low costs what the core's stretch limit allows for each bit. */
#include <Arduino.h>
#include <stdio.h>

#include "world.h"

namespace {

enum class Wires { FINE, SCL_LOW, SDA_LOW };

struct Chip {
  bool there;
  uint8_t pointer;
  uint16_t config;
  uint16_t maker;
  uint16_t shunt[3];
};

Chip chips[2] = {{true, 0, 0x7127, 0x5449, {0, 0, 0}}, {false, 0, 0x7127, 0x5449, {0, 0, 0}}};
Wires wires = Wires::FINE;
/* The core's own values after twi_init. */
uint32_t stretch_us = 150000;
uint32_t bit_ns = 10000;
bool begun = false;

void bits(uint32_t count) {
  if (!begun) misuse("I2C before twi_init");
  spend_us(count * bit_ns / 1000 + (wires == Wires::SCL_LOW ? count * stretch_us : 0));
}

Chip *chip_at(uint8_t address) {
  if (wires != Wires::FINE || address < 0x40 || address > 0x41) return nullptr;
  Chip *chip = &chips[address - 0x40];
  return chip->there ? chip : nullptr;
}

uint16_t value_of(const Chip *chip) {
  if (chip->pointer == 0x00) return chip->config;
  if (chip->pointer == 0xFE) return chip->maker;
  if (chip->pointer == 0x01 || chip->pointer == 0x03 || chip->pointer == 0x05) {
    return chip->shunt[chip->pointer / 2];
  }
  return 0xFFFF;
}

}  // namespace

extern "C" {
void twi_init(unsigned char sda, unsigned char scl) {
  event("i2c sda %u scl %u", sda, scl);
  begun = true;
}

void twi_setClock(unsigned int freq) { bit_ns = 1000000000u / freq; }
void twi_setClockStretchLimit(uint32_t limit) { stretch_us = limit; }

uint8_t twi_writeTo(unsigned char address, unsigned char *buf, unsigned int len, unsigned char) {
  if (wires == Wires::SDA_LOW) return 4;
  bits(10);
  Chip *chip = chip_at(address);
  if (chip == nullptr) return 2;
  bits(9 * len + 1);
  chip->pointer = buf[0];
  if (len == 3) {
    chip->config = static_cast<uint16_t>(buf[1] << 8 | buf[2]);
    event("i2c 0x%x reg 0x%x = 0x%x", address, buf[0], chip->config);
  }
  return 0;
}

uint8_t twi_readFrom(unsigned char address, unsigned char *buf, unsigned int len, unsigned char) {
  if (wires == Wires::SDA_LOW) return 4;
  bits(10);
  const Chip *chip = chip_at(address);
  if (chip == nullptr) return 2;
  bits(9 * len + 1);
  const uint16_t value = value_of(chip);
  buf[0] = static_cast<unsigned char>(value >> 8);
  buf[1] = static_cast<unsigned char>(value & 0xFF);
  return 0;
}

uint8_t twi_status() {
  bits(20);
  event("i2c free the bus");
  return wires == Wires::FINE ? 0 : 3;
}
}

bool bus_command(const char *name, char *argument) {
  unsigned at = 0, channel = 0, value = 0;
  if (strcmp(name, "bus") == 0) {
    wires = strcmp(argument, "scl-low") == 0   ? Wires::SCL_LOW
            : strcmp(argument, "sda-low") == 0 ? Wires::SDA_LOW
                                               : Wires::FINE;
  } else if (strcmp(name, "chip") == 0 && sscanf(argument, "%u %u", &at, &value) == 2) {
    chips[at].there = value != 0;
  } else if (strcmp(name, "maker") == 0 && sscanf(argument, "%u %x", &at, &value) == 2) {
    chips[at].maker = static_cast<uint16_t>(value);
  } else if (strcmp(name, "shunt") == 0 &&
             sscanf(argument, "%u %u %x", &at, &channel, &value) == 3) {
    chips[at].shunt[channel] = static_cast<uint16_t>(value);
  } else {
    return false;
  }
  return true;
}

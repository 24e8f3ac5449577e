/* Pins, SPI with the ring behind it, serial port, flash, RTC memory, time and watchdog. */
#include <Arduino.h>
#include <SPI.h>
#include <mmu_iram.h>
#include <stdio.h>
#include <user_interface.h>

#include "world.h"

EspClass ESP;
HardwareSerial Serial;
SPIClass SPI;

namespace {

constexpr uint8_t LATCH = 5;
constexpr uint8_t LOAD_N = 16;
constexpr uint64_t SOFT_WATCHDOG_US = 3200000;
constexpr uint32_t FLASH_BYTES = 0x400000;
constexpr uint32_t SECTOR = 4096;
constexpr uint32_t RTC_BLOCKS = 192;
constexpr uint32_t USER_BLOCK = 64;
constexpr uint32_t EBOOT_BLOCKS = 32;

uint64_t clock_us = 250000;
uint64_t fed_us = 250000;

struct {
  uint8_t mode[17];
  uint8_t level[17];
} pins;

struct {
  bool begun;
  bool set;
  uint32_t slots;
  uint8_t shift[8];   /* the 595s, slot 1 first, then the 165s, slot `slots` first */
  uint8_t inputs[4];  /* slot 1 first */
  uint8_t outputs[4]; /* slot 1 first */
} ring = {false, false, 3, {}, {0xF3, 0xF3, 0xF3, 0xF3}, {}};

struct {
  uint8_t waiting[1024];
  size_t from, count;
  int room;
} port = {{}, 0, 0, 128};

uint8_t flash[FLASH_BYTES];
uint32_t rtc[RTC_BLOCKS];
struct rst_info reset;
int adc = 802;
uint32_t heap_free = 20000;
uint32_t stack_free = 1500;
uint32_t erase_us = 45000;
bool hang_at_latch = false;
const char *flash_file;
const char *rtc_file;
uint32_t dice = 1;

void load_inputs() {
  for (uint32_t i = 0; i < ring.slots; i++) {
    ring.shift[2 * ring.slots - 1 - i] = ring.inputs[i];
  }
}

/* One byte in at the first 595, one out of the last 165. */
uint8_t exchange(uint8_t in) {
  const uint32_t last = 2 * ring.slots - 1;
  const uint8_t out = ring.shift[last];
  for (uint32_t i = last; i > 0; i--) ring.shift[i] = ring.shift[i - 1];
  ring.shift[0] = in;
  return out;
}

void pin_rises(uint8_t pin) {
  if (pin != LATCH) return;
  memcpy(ring.outputs, ring.shift, ring.slots);
  print_hex("latch", ring.outputs, ring.slots);
}

void pin_falls(uint8_t pin) {
  if (pin == LOAD_N) load_inputs();
}

/* What the pin shows: its pull while it is an input (LATCH down, LOAD_N up). */
uint8_t shown(uint8_t pin) {
  if (pins.mode[pin] == OUTPUT) return pins.level[pin];
  return pin == LATCH ? 0 : 1;
}

void change(uint8_t pin, uint8_t before) {
  const uint8_t after = shown(pin);
  if (after != before) event("pin %u %u", pin, after);
  if (after > before) pin_rises(pin);
  if (after < before) pin_falls(pin);
}

}  // namespace

uint64_t now_us() { return clock_us; }

void spend_us(uint64_t us) {
  clock_us += us;
  if (clock_us - fed_us <= SOFT_WATCHDOG_US) return;
  event("watchdog");
  core_save();
  exit(3);
}

/* --- Arduino.h --- */

extern "C" {
void pinMode(uint8_t pin, uint8_t mode) {
  const uint8_t before = shown(pin);
  pins.mode[pin] = mode;
  event("mode %u %s", pin, mode == OUTPUT ? "out" : "in");
  change(pin, before);
}

void digitalWrite(uint8_t pin, uint8_t val) {
  if (pin == LATCH && val == HIGH && hang_at_latch) spend_us(2 * SOFT_WATCHDOG_US);
  const uint8_t before = shown(pin);
  pins.level[pin] = val;
  change(pin, before);
}

int analogRead(uint8_t pin) {
  if (pin != A0) misuse("analogRead of another pin than A0");
  spend_us(80);
  event("adc");
  return adc;
}

unsigned long millis(void) { return static_cast<uint32_t>(clock_us / 1000); }

void delay(unsigned long ms) {
  fed_us = clock_us;
  spend_us(ms * 1000);
  fed_us = clock_us;
  network_yield();
}

void yield(void) {
  fed_us = clock_us;
  spend_us(20);
  network_yield();
}

void *mmu_sec_heap(void) {
  /* Whatever was there before a reset. */
  static uint32_t iram[5120];
  static bool filled = false;
  if (!filled) memset(iram, 0xA5, sizeof iram);
  filled = true;
  return iram;
}

/* A little less than whole words, as the real one may be. */
size_t mmu_sec_heap_size(void) { return 20478; }

bool system_rtc_mem_read(uint8 block, void *to, uint16 size) {
  if (block < USER_BLOCK + EBOOT_BLOCKS || block * 4u + size > sizeof rtc) misuse("RTC read");
  if (reinterpret_cast<uintptr_t>(to) % 4 != 0) misuse("RTC read to an odd address");
  memcpy(to, rtc + block, size);
  return true;
}

bool system_rtc_mem_write(uint8 block, const void *from, uint16 size) {
  if (block < USER_BLOCK + EBOOT_BLOCKS || block * 4u + size > sizeof rtc) misuse("RTC write");
  if (reinterpret_cast<uintptr_t>(from) % 4 != 0) misuse("RTC write from an odd address");
  memcpy(rtc + block, from, size);
  return true;
}
}

/* --- ESP --- */

void EspClass::wdtFeed() { fed_us = clock_us; }
uint32_t EspClass::getFreeHeap() { return heap_free; }
uint32_t EspClass::getFreeContStack() { return stack_free; }
struct rst_info *EspClass::getResetInfoPtr() { return &reset; }

uint32_t EspClass::random() {
  dice = dice * 1664525u + 1013904223u;
  return dice | 0x80000000u;
}

bool EspClass::flashEraseSector(uint32_t sector) {
  event("erase 0x%x", sector * SECTOR);
  spend_us(erase_us);
  memset(flash + sector * SECTOR, 0xFF, SECTOR);
  return true;
}

bool EspClass::flashWrite(uint32_t address, const uint32_t *data, size_t size) {
  if (address % 4 != 0 || size % 4 != 0) misuse("unaligned flash write");
  event("flash write 0x%x %zu", address, size);
  spend_us(10 + size);
  const uint8_t *bytes = reinterpret_cast<const uint8_t *>(data);
  for (size_t i = 0; i < size; i++) flash[address + i] &= bytes[i];
  return true;
}

bool EspClass::flashRead(uint32_t address, uint32_t *data, size_t size) {
  if (address % 4 != 0 || size % 4 != 0) misuse("unaligned flash read");
  if (address + size > FLASH_BYTES) misuse("flash read behind the end");
  memcpy(data, flash + address, size);
  return true;
}

/* --- SPI --- */

void SPIClass::begin() {
  event("spi begin");
  ring.begun = true;
}

void SPIClass::beginTransaction(SPISettings settings) {
  event("spi %u Hz %s mode %u", settings._clock, settings._bitOrder == MSBFIRST ? "msb" : "lsb",
        settings._dataMode);
  ring.set = true;
}

void SPIClass::transferBytes(const uint8_t *out, uint8_t *in, uint32_t size) {
  if (!ring.begun || !ring.set) misuse("SPI before it was set up");
  spend_us(8 * size);
  for (uint32_t i = 0; i < size; i++) in[i] = exchange(out[i]);
}

/* --- the serial port --- */

void HardwareSerial::begin(unsigned long baud) { event("serial %lu Bd", baud); }
int HardwareSerial::available(void) { return static_cast<int>(port.count); }
int HardwareSerial::availableForWrite(void) { return port.room; }

int HardwareSerial::read(void) {
  if (port.count == 0) return -1;
  port.count--;
  return port.waiting[port.from++];
}

size_t HardwareSerial::write(const uint8_t *buffer, size_t size) {
  if (size > static_cast<size_t>(port.room)) misuse("a write that waits for the serial port");
  print_hex("tx", buffer, size);
  return size;
}

/* --- the driver's side --- */

static void load(const char *path, void *to, size_t size) {
  FILE *file = fopen(path, "rb");
  if (file == nullptr || fread(to, 1, size, file) != size) misuse(path);
  fclose(file);
}

static void save(const char *path, const void *from, size_t size) {
  FILE *file = fopen(path, "wb");
  if (file == nullptr || fwrite(from, 1, size, file) != size) misuse(path);
  fclose(file);
}

void core_load(const char *flash_path, const char *rtc_path, uint32_t reset_reason) {
  load(flash_path, flash, sizeof flash);
  load(rtc_path, rtc + USER_BLOCK, (RTC_BLOCKS - USER_BLOCK) * 4);
  reset.reason = reset_reason;
  flash_file = flash_path;
  rtc_file = rtc_path;
}

void core_save() {
  save(flash_file, flash, sizeof flash);
  save(rtc_file, rtc + USER_BLOCK, (RTC_BLOCKS - USER_BLOCK) * 4);
}

bool core_command(const char *name, char *argument) {
  const uint32_t value = static_cast<uint32_t>(strtoul(argument, nullptr, 0));
  if (strcmp(name, "inputs") == 0) {
    ring.slots = static_cast<uint32_t>(from_hex(argument, ring.inputs, sizeof ring.inputs));
  } else if (strcmp(name, "adc") == 0) {
    adc = static_cast<int>(value);
  } else if (strcmp(name, "heap") == 0) {
    heap_free = value;
  } else if (strcmp(name, "stack") == 0) {
    stack_free = value;
  } else if (strcmp(name, "erase-us") == 0) {
    erase_us = value;
  } else if (strcmp(name, "tx-room") == 0) {
    port.room = static_cast<int>(value);
  } else if (strcmp(name, "serial") == 0) {
    port.from = 0;
    port.count = from_hex(argument, port.waiting, sizeof port.waiting);
  } else if (strcmp(name, "hang-at-latch") == 0) {
    hang_at_latch = true;
  } else if (strcmp(name, "spend-us") == 0) {
    spend_us(value);
  } else {
    return false;
  }
  return true;
}

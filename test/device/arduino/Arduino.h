/* Of the core: Arduino.h, with Esp.h, HardwareSerial.h and pins_arduino.h, which it includes. */
#ifndef ARDUINO_FAKE_H
#define ARDUINO_FAKE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "twi.h"

#define HIGH 0x1
#define LOW 0x0
#define INPUT 0x00
#define OUTPUT 0x01
#define LSBFIRST 0
#define MSBFIRST 1

/* variants/d1_mini by way of variants/generic/common.h. */
static const uint8_t A0 = 17;

extern "C" {
void pinMode(uint8_t pin, uint8_t mode);
void digitalWrite(uint8_t pin, uint8_t val);
int analogRead(uint8_t pin);
unsigned long millis(void);
void delay(unsigned long ms);
void yield(void);
/* Weak in the core: called before constructors. */
void preinit(void);
void setup(void);
void loop(void);
struct rst_info;
}

class EspClass {
 public:
  static void wdtFeed();
  static uint32_t getFreeHeap();
  static uint32_t getFreeContStack();
  static bool flashEraseSector(uint32_t sector);
  static bool flashWrite(uint32_t address, const uint32_t *data, size_t size);
  static bool flashWrite(uint32_t address, const uint8_t *data, size_t size);
  static bool flashRead(uint32_t address, uint32_t *data, size_t size);
  static bool flashRead(uint32_t address, uint8_t *data, size_t size);
  static struct rst_info *getResetInfoPtr();
  static uint32_t random();
};
extern EspClass ESP;

class HardwareSerial {
 public:
  void begin(unsigned long baud);
  int available(void);
  int read(void);
  int availableForWrite(void);
  size_t write(const uint8_t *buffer, size_t size);
};
extern HardwareSerial Serial;

#endif

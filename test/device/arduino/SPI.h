/* Of libraries/SPI. */
#ifndef SPI_FAKE_H
#define SPI_FAKE_H

#include <stdint.h>

const uint8_t SPI_MODE0 = 0x00;

class SPISettings {
 public:
  SPISettings(uint32_t clock, uint8_t bitOrder, uint8_t dataMode)
      : _clock(clock), _bitOrder(bitOrder), _dataMode(dataMode) {}
  uint32_t _clock;
  uint8_t _bitOrder;
  uint8_t _dataMode;
};

class SPIClass {
 public:
  void begin();
  void beginTransaction(SPISettings settings);
  void transferBytes(const uint8_t *out, uint8_t *in, uint32_t size);
};
extern SPIClass SPI;

#endif

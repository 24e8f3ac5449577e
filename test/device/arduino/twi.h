/* Of the core: twi.h, the I2C master in software. */
#ifndef TWI_FAKE_H
#define TWI_FAKE_H

#include <stdint.h>

extern "C" {
void twi_init(unsigned char sda, unsigned char scl);
void twi_setClock(unsigned int freq);
void twi_setClockStretchLimit(uint32_t limit);
uint8_t twi_writeTo(unsigned char address, unsigned char *buf, unsigned int len,
                    unsigned char sendStop);
uint8_t twi_readFrom(unsigned char address, unsigned char *buf, unsigned int len,
                     unsigned char sendStop);
uint8_t twi_status();
}

#endif

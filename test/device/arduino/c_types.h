/* Of the SDK: Wasm3 includes it where ESP8266 is defined. */
#ifndef C_TYPES_FAKE_H
#define C_TYPES_FAKE_H

#define ICACHE_FLASH_ATTR

#endif

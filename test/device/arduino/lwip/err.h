/* Of lwIP 2.1. */
#ifndef LWIP_ERR_FAKE_H
#define LWIP_ERR_FAKE_H

#include <stdint.h>

typedef uint8_t u8_t;
typedef int8_t s8_t;
typedef uint16_t u16_t;
typedef uint32_t u32_t;
typedef s8_t err_t;

typedef enum {
  ERR_OK = 0,
  ERR_MEM = -1,
  ERR_INPROGRESS = -5,
  ERR_VAL = -6,
  ERR_CONN = -11,
  ERR_ABRT = -13,
  ERR_RST = -14,
  ERR_ARG = -16
} err_enum_t;

#endif

/* Of the SDK (NONOS 2.2.x): user_interface.h. */
#ifndef USER_INTERFACE_FAKE_H
#define USER_INTERFACE_FAKE_H

#include <stdint.h>

typedef uint8_t uint8;
typedef int8_t sint8;
typedef uint16_t uint16;
typedef uint32_t uint32;

enum rst_reason {
  REASON_DEFAULT_RST = 0,
  REASON_WDT_RST = 1,
  REASON_EXCEPTION_RST = 2,
  REASON_SOFT_WDT_RST = 3,
  REASON_SOFT_RESTART = 4,
  REASON_DEEP_SLEEP_AWAKE = 5,
  REASON_EXT_SYS_RST = 6
};

struct rst_info {
  uint32 reason;
};

typedef enum _auth_mode { AUTH_OPEN = 0, AUTH_WEP, AUTH_WPA_PSK, AUTH_WPA2_PSK } AUTH_MODE;

struct bss_info {
  uint8 ssid[32];
  uint8 ssid_len;
  sint8 rssi;
  AUTH_MODE authmode;
};

extern "C" {
bool system_rtc_mem_read(uint8 src_addr, void *des_addr, uint16 load_size);
bool system_rtc_mem_write(uint8 des_addr, const void *src_addr, uint16 save_size);
}

#endif

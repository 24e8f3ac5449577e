/* Of libraries/ESP8266WiFi. In the core the class inherits these from four others. */
#ifndef ESP8266WIFI_FAKE_H
#define ESP8266WIFI_FAKE_H

#include <stdint.h>

#include "user_interface.h"

typedef enum { WL_IDLE_STATUS = 0, WL_CONNECTED = 3, WL_DISCONNECTED = 7 } wl_status_t;
typedef enum WiFiMode { WIFI_OFF = 0, WIFI_STA = 1 } WiFiMode_t;
typedef enum WiFiSleepType {
  WIFI_NONE_SLEEP = 0,
  WIFI_LIGHT_SLEEP = 1,
  WIFI_MODEM_SLEEP = 2
} WiFiSleepType_t;

#define WIFI_SCAN_RUNNING (-1)
#define WIFI_SCAN_FAILED (-2)

class ESP8266WiFiClass {
 public:
  static void persistent(bool persistent);
  bool mode(WiFiMode_t);
  bool setSleepMode(WiFiSleepType_t type, uint8_t listenInterval = 0);
  bool hostname(const char *aHostname);
  wl_status_t begin(const char *ssid, const char *passphrase = nullptr, int32_t channel = 0,
                    const uint8_t *bssid = nullptr, bool connect = true);
  bool disconnect(bool wifioff = false);
  bool setAutoReconnect(bool autoReconnect);
  wl_status_t status();
  int8_t RSSI();
  int8_t scanNetworks(bool async = false, bool show_hidden = false, uint8 channel = 0,
                      uint8 *ssid = nullptr);
  int8_t scanComplete();
  void scanDelete();
  const bss_info *getScanInfoByIndex(int i);
};
extern ESP8266WiFiClass WiFi;

#endif

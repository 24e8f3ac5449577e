/* The station. Addresses come by DHCP: the configuration has no fixed ones, and a router that
 * knows the board's MAC gives the same one each time. No sleep of the modem: a backplane has
 * mains power, and a radio that sleeps between beacons answers a command up to 300 ms late. The
 * SDK reconnects by itself after a short loss; where that does not help within RETRY_MS the
 * station starts over. */
#include "wifi.h"

#include <Arduino.h>
#include <ESP8266WiFi.h>
#include <string.h>

#include "board.h"
#include "runtime-c.h"

namespace {

constexpr uint32_t RETRY_MS = 20000;

struct {
  char ssid[WIFI_SSID_SIZE];
  char password[WIFI_PASSWORD_SIZE];
  uint32_t tried_ms;
  bool up;
} wifi;

void copy(char *to, uint32_t size, const char *from) {
  strncpy(to, from, size - 1);
  to[size - 1] = 0;
}

void try_now(uint32_t now_ms) {
  wifi.tried_ms = now_ms;
  if (wifi.ssid[0] == 0) return;
  WiFi.begin(wifi.ssid, wifi.password);
}

}  // namespace

void wifi_begin(const char *host_name, const char *ssid, const char *password) {
  /* Before anything else: the SDK would write the credentials to its own sectors at each change. */
  WiFi.persistent(false);
  WiFi.mode(WIFI_STA);
  WiFi.setSleepMode(WIFI_NONE_SLEEP);
  WiFi.setAutoReconnect(true);
  WiFi.hostname(host_name);
  wifi.up = false;
  wifi_use(ssid, password);
}

void wifi_use(const char *ssid, const char *password) {
  copy(wifi.ssid, WIFI_SSID_SIZE, ssid);
  copy(wifi.password, WIFI_PASSWORD_SIZE, password);
  WiFi.disconnect();
  wifi.up = false;
  try_now(hal_now_ms());
}

void wifi_step(uint32_t now_ms) {
  const bool up = WiFi.status() == WL_CONNECTED;
  if (up != wifi.up) {
    wifi.up = up;
    wifi.tried_ms = now_ms;
    console_note(up ? 1 : 2, up ? "wifi: connected" : "wifi: lost");
  }
  if (up || now_ms - wifi.tried_ms < RETRY_MS) return;
  console_note(2, "wifi: starting over");
  WiFi.disconnect();
  try_now(now_ms);
}

bool wifi_is_up() { return wifi.up && WiFi.status() == WL_CONNECTED; }

/* Improv over the serial port: another Wi-Fi network for a backplane that was flashed before. New
 * credentials are tried first and kept (configuration sector) only when they work; else the board
 * goes back to the ones it had. Improv has no command for broker, account or key, and none is
 * invented: `hostd flash` writes those. */
#include <Arduino.h>
#include <ESP8266WiFi.h>
#include <string.h>

#include "board.h"
#include "improv.h"
#include "runtime-c.h"
#include "wifi.h"

#ifndef CADDYSHACK_VERSION
#error "CADDYSHACK_VERSION comes from package.json: build with npm run firmware:wemos"
#endif

namespace {

constexpr uint32_t TRY_MS = 20000;
/* A packet whose bytes are further apart was broken off. */
constexpr uint32_t GAP_MS = 200;

struct {
  struct improv_parser parser;
  struct store_wifi tried;
  const char *name;
  uint32_t byte_ms;
  uint32_t try_ms;
  bool trying;
  bool scanning;
  int8_t shown; /* networks of the scan that were sent */
} improv;

bool send(const uint8_t *packet, uint32_t length) { return console_write(packet, length); }

void send_value(uint8_t type, uint8_t value) {
  uint8_t packet[IMPROV_HEAD + 3];
  send(packet, improv_value(packet, type, value));
}

bool send_result(uint8_t command, const char *const *strings, uint32_t count) {
  uint8_t packet[IMPROV_PACKET_MAX];
  return send(packet, improv_result(packet, command, strings, count));
}

uint8_t state() {
  if (improv.trying) return IMPROV_PROVISIONING;
  return wifi_is_up() ? IMPROV_PROVISIONED : IMPROV_READY;
}

void send_state() { send_value(IMPROV_STATE, state()); }

void get_state() {
  send_state();
  /* There is no page to go to: the dashboard is hostd's, wherever that is. */
  if (state() == IMPROV_PROVISIONED) send_result(IMPROV_GET_STATE, nullptr, 0);
}

void get_info() {
  const char *const strings[] = {"caddyshack", CADDYSHACK_VERSION, "ESP8266", improv.name};
  send_result(IMPROV_GET_INFO, strings, 4);
}

void try_wifi(uint32_t now_ms) {
  const uint8_t *data = improv.parser.data;
  const uint32_t end = improv.parser.length;
  struct store_wifi *tried = &improv.tried;
  const uint32_t next = improv_string(data, 2, end, tried->ssid, sizeof tried->ssid);
  const bool ok = next != 0 && tried->ssid[0] != 0 &&
                  improv_string(data, next, end, tried->password, sizeof tried->password) == end;
  if (!ok) {
    send_value(IMPROV_ERROR, IMPROV_INVALID);
    return;
  }
  improv.trying = true;
  improv.try_ms = now_ms;
  send_state();
  wifi_use(tried->ssid, tried->password);
}

/* As the station was before, after credentials that do not work. */
void go_back() {
  struct store_wifi kept;
  if (store_read_wifi(&kept) == 0) wifi_use(kept.ssid, kept.password);
}

void end_try(uint8_t error) {
  improv.trying = false;
  if (error != IMPROV_NO_ERROR) {
    send_value(IMPROV_ERROR, error);
    go_back();
  }
  send_state();
  if (error == IMPROV_NO_ERROR) send_result(IMPROV_WIFI, nullptr, 0);
  memset(&improv.tried, 0, sizeof improv.tried);
}

void step_try(uint32_t now_ms) {
  if (wifi_is_up()) {
    const bool kept = store_write_wifi(&improv.tried) == 0;
    if (!kept) console_note(3, "wifi: cannot be kept: flash the backplane first");
    end_try(kept ? IMPROV_NO_ERROR : IMPROV_UNKNOWN_ERROR);
  } else if (now_ms - improv.try_ms >= TRY_MS) {
    end_try(IMPROV_UNABLE_TO_CONNECT);
  }
}

void scan() {
  improv.scanning = true;
  improv.shown = 0;
  WiFi.scanNetworks(true, false);
}

/* "-67" */
void signal_text(int8_t dbm, char *to) {
  uint8_t left = static_cast<uint8_t>(dbm < 0 ? -dbm : dbm);
  if (dbm < 0) *to++ = '-';
  if (left >= 100) *to++ = static_cast<char>('0' + left / 100);
  if (left >= 10) *to++ = static_cast<char>('0' + left / 10 % 10);
  *to++ = static_cast<char>('0' + left % 10);
  *to = 0;
}

/* One network a pass; it comes again when there was no room for it. */
bool send_network(int8_t index) {
  const bss_info *seen = WiFi.getScanInfoByIndex(index);
  if (seen == nullptr || seen->ssid_len == 0) return true;
  char ssid[WIFI_SSID_SIZE];
  const uint8_t length = seen->ssid_len < sizeof seen->ssid ? seen->ssid_len : sizeof seen->ssid;
  memcpy(ssid, seen->ssid, length);
  ssid[length] = 0;
  char signal[5];
  signal_text(seen->rssi, signal);
  const char *const strings[] = {ssid, signal, seen->authmode == AUTH_OPEN ? "NO" : "YES"};
  return send_result(IMPROV_SCAN, strings, 3);
}

void step_scan() {
  const int8_t found = WiFi.scanComplete();
  if (found == WIFI_SCAN_RUNNING) return;
  if (improv.shown < found) {
    if (send_network(improv.shown)) improv.shown++;
    return;
  }
  /* An empty list ends the list, also of a scan that failed. */
  if (!send_result(IMPROV_SCAN, nullptr, 0)) return;
  WiFi.scanDelete();
  improv.scanning = false;
}

void command(uint32_t now_ms) {
  const struct improv_parser *packet = &improv.parser;
  if (packet->type != IMPROV_COMMAND) return;
  if (packet->length < 2 || packet->data[1] != packet->length - 2) {
    send_value(IMPROV_ERROR, IMPROV_INVALID);
    return;
  }
  const uint8_t name = packet->data[0];
  const bool known = name >= IMPROV_WIFI && name <= IMPROV_SCAN;
  send_value(IMPROV_ERROR, known ? IMPROV_NO_ERROR : IMPROV_UNKNOWN_COMMAND);
  if (name == IMPROV_WIFI) try_wifi(now_ms);
  if (name == IMPROV_GET_STATE) get_state();
  if (name == IMPROV_GET_INFO) get_info();
  if (name == IMPROV_SCAN && !improv.scanning) scan();
}

}  // namespace

void provisioning_begin(const char *name) {
  improv_reset(&improv.parser);
  improv.name = name;
  improv.trying = false;
  improv.scanning = false;
}

void provisioning_byte(uint8_t byte, uint32_t now_ms) {
  if (now_ms - improv.byte_ms > GAP_MS) improv_reset(&improv.parser);
  improv.byte_ms = now_ms;
  switch (improv_feed(&improv.parser, byte)) {
    case IMPROV_PACKET:
      command(now_ms);
      break;
    case IMPROV_BROKEN:
      send_value(IMPROV_ERROR, IMPROV_INVALID);
      break;
    default:
      break;
  }
}

void provisioning_step(uint32_t now_ms) {
  if (improv.trying) step_try(now_ms);
  if (improv.scanning) step_scan();
}

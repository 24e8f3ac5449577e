/* Sizes of Wi-Fi credentials with their final 0 (IEEE 802.11: 32 bytes of SSID; a pass phrase of
 * 8 to 63 characters or a key of 64 hex digits). */
#ifndef CADDYSHACK_WIFI_H
#define CADDYSHACK_WIFI_H

enum { WIFI_SSID_SIZE = 33, WIFI_PASSWORD_SIZE = 65 };

#endif

/* The parts of the Wemos board. Each `begin` is called once from setup(), each `step` once a
 * pass, from hal_idle. Nothing here blocks, and nothing takes memory from the heap. */
#ifndef CADDYSHACK_BOARD_H
#define CADDYSHACK_BOARD_H

#include <stdint.h>

/* --- outputs.cpp: the ring of shift registers --- */
/* LATCH and LOAD_N at rest. Called by the core before anything of ours (preinit), and harmless
 * again. */
void outputs_rest();
/* Takes the SPI pins. The outputs keep what they show. */
void outputs_begin();

/* --- current-sense.cpp: one INA3221 per three slots --- */
void current_begin();
/* At most one transaction on the bus, under a millisecond even when its wires are stuck. */
void current_step(uint32_t now_ms);
/* mA of slot `slot` (from 1) as last read, -1 when unknown. */
int32_t current_ma(int32_t slot);

/* --- figures.cpp --- */
/* Why the CPU started; before the runtime writes its marker. */
void figures_begin();
void figures_step(uint32_t now_ms);

/* --- wifi.cpp: the station --- */
/* Both end with 0; the password may be empty. Copied. */
void wifi_begin(const char *host_name, const char *ssid, const char *password);
void wifi_step(uint32_t now_ms);
bool wifi_is_up();
/* Leaves the network there is and tries another one, until wifi_use is called again. */
void wifi_use(const char *ssid, const char *password);

/* --- stream.cpp: hal_net_* --- */
/* The stream is refused: the configuration wants TLS, which this image has not. */
void stream_refuse();
bool stream_readable();

/* --- console.cpp: the serial port --- */
void console_begin();
/* Sends what waits, and hands what came to Improv. */
void console_step(uint32_t now_ms);
/* Whole or not at all; false when there is no room now. */
bool console_write(const uint8_t *bytes, uint32_t length);
/* A line of the board's own. */
void console_note(int32_t level, const char *text);

/* --- provisioning.cpp: Improv over the serial port --- */
/* `name` is shown as the device's name; it must outlive the board. */
void provisioning_begin(const char *name);
void provisioning_byte(uint8_t byte, uint32_t now_ms);
void provisioning_step(uint32_t now_ms);

/* --- led.cpp --- */
enum class Led : uint8_t { NO_CONFIG, NO_WIFI, NO_BROKER, LINKED };
void led_begin();
void led_step(Led what, uint32_t now_ms);

#endif

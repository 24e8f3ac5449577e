/* The Wemos's surroundings for tests on Linux: what the fakes of the Arduino core share, and what
 * the driver's commands turn. A line is printed for each thing the board does. */
#ifndef WEMOS_WORLD_H
#define WEMOS_WORLD_H

#include <stddef.h>
#include <stdint.h>

/* Prints `@<ms> <text>`. */
void event(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Ends the program: the board did what the real core does not bear. */
[[noreturn]] void misuse(const char *what);

/* --- time: moves only when the board waits or works --- */
uint64_t now_us();
void spend_us(uint64_t us);

/* --- what lwIP would do while the loop yields --- */
void at_next_yield(void (*call)());
void network_yield();

/* Hex digits of a command to bytes; answers their count. */
size_t from_hex(const char *hex, uint8_t *to, size_t size);
void print_hex(const char *before, const uint8_t *bytes, size_t length);

/* --- fake-core.cpp --- */
void core_load(const char *flash_path, const char *rtc_path, uint32_t reset_reason);
/* Flash and RTC memory outlive the program. */
void core_save();
bool core_command(const char *name, char *argument);
/* --- fake-bus.cpp --- */
bool bus_command(const char *name, char *argument);
/* --- fake-net.cpp --- */
bool net_command(const char *name, char *argument);
void net_deliver(const uint8_t *bytes, size_t length);
/* --- fake-broker.cpp: what the stream's other end answers --- */
/* A connection is about to be made; true when it shall succeed by itself. */
bool broker_accepts();
void broker_take(const uint8_t *bytes, size_t length);
bool broker_command(const char *name, char *argument);

#endif

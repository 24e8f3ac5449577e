/* What a board offers the runtime. A port of it is one folder below firmware/boards. Nothing
 * here blocks but hal_idle, and nothing calls back. Lengths are in bytes, times in
 * milliseconds of the board's own clock, which starts anywhere and wraps. Besides these, a
 * board has malloc, calloc and free. */
#ifndef CADDYSHACK_HAL_H
#define CADDYSHACK_HAL_H

#include <stdint.h>

enum { HAL_FLASH = 0, HAL_RTC = 1 };

/* Now. Wraps at 32 bits. */
uint32_t hal_now_ms(void);

/* Waits up to `ms` (0: only lets the network run) and feeds the watchdog. May return early when
 * the stream has something to read. `linked` is what the board's LED shows. */
void hal_idle(uint32_t ms, int32_t linked);

/* Shifts `count` bytes through the ring, MSB first; flags are SHIFT_LOAD and SHIFT_LATCH of ABI 1.
 * `back` gets as many bytes and may equal `out`. `count` 0 is allowed. */
void hal_shift(const uint8_t *out, uint8_t *back, uint32_t count, uint32_t flags);

/* A CS_FIGURE_* of device.md; 0 and above as `hal.measure` of ABI 1, from the last reading. */
int32_t hal_figure(int32_t what);

/* Storage: HAL_FLASH (whole chip, device.md) or HAL_RTC (512 bytes). 0, or -1 when it failed. Flash
 * writes are 4-byte aligned in offset and length and clear bits only; offsets of RTC memory are
 * 4-byte aligned too. Reads of flash may be at any offset and length. */
int32_t hal_read(uint32_t space, uint32_t offset, void *to, uint32_t length);
int32_t hal_write(uint32_t space, uint32_t offset, const void *from, uint32_t length);
/* Erases the flash sector that begins at `offset`. 0, or -1. */
int32_t hal_erase(uint32_t offset);

/* One byte stream (TCP). Opens it to `host`, dropping the one before: 0 when under way, -1 when it
 * cannot be tried now (no Wi-Fi). */
int32_t hal_net_open(const char *host, uint16_t port);
/* Bytes read, 0 when there is nothing yet, -1 when the stream has ended. */
int32_t hal_net_read(uint8_t *to, uint32_t size);
/* Bytes taken, 0 while it is still opening or full, -1 when it has ended. */
int32_t hal_net_write(const uint8_t *from, uint32_t length);
/* Ends it at once, without waiting for what is still unsent. */
void hal_net_close(void);

/* A region for compiled code, which is only read and written as aligned 32-bit words; null when the
 * board has none (it then comes from the heap). Always the same one. */
void *hal_code_memory(uint32_t *size);

/* A line for the serial port, or wherever the board shows such. Levels as `hal.log` of ABI 1. */
void hal_log(int32_t level, const char *text, uint32_t length);

#endif

/* Hosts one instance of the module under Wasm3. Owner of everything that includes wasm3.h. Every
 * function that runs code of the module answers 0 or a CS_ERROR_* (device.md); after an error other
 * than of host_load the instance is dead and host_unload must follow. */
#ifndef CADDYSHACK_HOST_H
#define CADDYSHACK_HOST_H

#include <stdint.h>

/* What ABI 1 allows as answers. */
enum { HOST_SLOTS_MAX = 4, HOST_TICK_MAX_MS = 60000 };

/* The module's imports, pointers already checked against its memory. */
struct host_imports {
  void (*shift)(const uint8_t *out, uint8_t *back, uint32_t count, uint32_t flags);
  int32_t (*publish)(const uint8_t *topic, uint32_t topic_length, const uint8_t *payload,
                     uint32_t payload_length, uint32_t flags);
  int32_t (*subscribe)(const uint8_t *topic, uint32_t length);
  int32_t (*measure)(int32_t what);
  int32_t (*keep)(int32_t which, const uint8_t *record, uint32_t length);
  void (*note)(int32_t code, int32_t value);
  void (*log)(int32_t level, const uint8_t *text, uint32_t length);
};

/* Loads, links and compiles the module of `length` bytes at `flash_offset`, and asks abi(), inbox()
 * and inboxSize(). The bytes are copied to RAM and freed before it returns. */
int32_t host_load(uint32_t flash_offset, uint32_t length, const struct host_imports *imports);
void host_unload(void);
int32_t host_loaded(void);

/* The inbox: the caller's between calls. 0 when nothing is loaded. */
uint8_t *host_inbox(uint32_t *size);

/* Answers of the module come back through the pointers. */
int32_t host_boot(int32_t reason, uint32_t hot, uint32_t durable, uint32_t base, uint32_t now_ms,
                  int32_t *slots);
int32_t host_link(int32_t up, uint32_t now_ms);
int32_t host_message(uint32_t topic, uint32_t payload, uint32_t flags, uint32_t now_ms);
int32_t host_inputs(uint32_t count, uint32_t now_ms);
int32_t host_tick(uint32_t now_ms, uint32_t *next_ms);
int32_t host_suspend(uint32_t *length);
int32_t host_resume(uint32_t length, uint32_t now_ms, int32_t *answer);

/* What Wasm3 said about the last error, for the log. Never null. */
const char *host_error_text(void);

#endif

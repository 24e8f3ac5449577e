/* `module/begin`, `module/chunk`, `module/commit`, `module/result`: docs/SPEC.md 2.6. Written
 * against store.h; it runs in safe mode as well. */
#ifndef CADDYSHACK_UPDATE_H
#define CADDYSHACK_UPDATE_H

#include <stdint.h>

#include "store.h"

/* What the update needs of the runtime. */
struct update_port {
  const struct store_config *config;
  /* The slot that runs, SLOT_NONE in safe mode. */
  int32_t (*running)(void);
  /* JSON for module/result, at most UPDATE_ANSWER_MAX bytes; non-zero when it was queued. */
  int32_t (*answer)(const char *json, uint32_t length);
  /* A commit was accepted: swap to this slot at the next chance. */
  void (*activate)(int32_t slot);
};

enum { UPDATE_ANSWER_MAX = 128 };
enum { UPDATE_RUN, UPDATE_CONFIRM, UPDATE_ROLLBACK };

void update_start(const struct update_port *port);
/* A message on <base>/module/<name>; `name` is begin, chunk or commit (not 0-terminated). Others
 * are ignored. `flags` as `message` of ABI 1. */
void update_message(const char *name, uint32_t name_length, const uint8_t *payload,
                    uint32_t payload_length, uint32_t flags);
/* Says that a module took over (`value`: the gap in ms), stays, or was given up. What cannot be
 * queued now is told by update_poll; of the same step the newest counts. */
void update_report(int32_t step, uint32_t sequence, uint32_t value);
/* While linked, now and then: tells what could not be told before. */
void update_poll(void);

#endif

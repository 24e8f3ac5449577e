/* `module/begin`, `module/chunk`, `module/commit`, `module/result`: docs/SPEC.md 2.6. Written against
 * store.h; it runs in safe mode as well. */
#ifndef CADDYSHACK_UPDATE_H
#define CADDYSHACK_UPDATE_H

#include <stdint.h>

#include "store.h"

/* What the update needs of the runtime. */
struct update_port {
  const struct store_config *config;
  /* The slot that runs, SLOT_NONE in safe mode. */
  int32_t (*running)(void);
  /* JSON for module/result; non-zero when it was queued. */
  int32_t (*answer)(const char *json, uint32_t length);
  /* A commit was accepted: swap to this slot at the next chance. */
  void (*activate)(int32_t slot);
};

void update_start(const struct update_port *port);
/* A message on <base>/module/<name>; `name` is begin, chunk or commit (not 0-terminated). Retained ones are refused. */
void update_message(const char *name, uint32_t name_length, const uint8_t *payload,
                    uint32_t payload_length, uint32_t flags);

#endif

/* Bytes on their way to the stream, which the network has not taken yet. */
#ifndef CADDYSHACK_SENDBUF_H
#define CADDYSHACK_SENDBUF_H

#include <stdint.h>

/* Holds all that a module may send in link(1) with the longest names there are, though the network
 * takes nothing yet: 5 subscriptions (496 bytes) and 4 states (988); see docs/RUNTIME.md. */
#define SENDBUF_BYTES 1536

/* All zero is empty. */
struct sendbuf {
  uint16_t first;
  uint16_t used;
  uint8_t bytes[SENDBUF_BYTES];
};

void sendbuf_clear(struct sendbuf *buffer);
uint32_t sendbuf_free(const struct sendbuf *buffer);
/* `length` must not be above sendbuf_free. */
void sendbuf_put(struct sendbuf *buffer, const uint8_t *bytes, uint32_t length);
/* The oldest bytes that lie in one piece: how many, and in `bytes` where. */
uint32_t sendbuf_front(const struct sendbuf *buffer, const uint8_t **bytes);
/* The network took so many of the front. */
void sendbuf_drop(struct sendbuf *buffer, uint32_t length);

#endif

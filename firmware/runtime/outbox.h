/* What was sent and not yet acknowledged: packet ids and bytes, not the packets, for a clean
 * session never sends one again. The bound is that of sim/runtime/outbox.ts, so that a module meets
 * E_NO_ROOM alike on both. */
#ifndef CADDYSHACK_OUTBOX_H
#define CADDYSHACK_OUTBOX_H

#include <stdint.h>

/* More than CS_OUTBOX_BYTES hold of what a backplane sends: link(1) 9, an ack has 86 bytes. */
#define OUTBOX_PACKETS 32

/* All zero is empty. */
struct outbox {
  uint16_t used;
  uint16_t last_id;
  struct {
    uint16_t id; /* 0: free */
    uint16_t bytes;
  } packets[OUTBOX_PACKETS];
};

/* Bytes free; 0 as well when there are too many packets. */
uint32_t outbox_free(const struct outbox *outbox);
/* A packet id no waiting packet has. */
uint16_t outbox_id(struct outbox *outbox);
/* Non-zero: `bytes` of packet `id` count from now on. 0: there is no room. */
uint32_t outbox_take(struct outbox *outbox, uint16_t id, uint32_t bytes, uint32_t marked);
/* It was acknowledged; an unknown id is ignored. */
void outbox_release(struct outbox *outbox, uint16_t id);
void outbox_unmark(struct outbox *outbox);
uint32_t outbox_marked(const struct outbox *outbox);
/* Nothing waits any more; ids go on. */
void outbox_clear(struct outbox *outbox);

#endif

#include "outbox.h"

#include "device.gen.h"

/* Bit of `bytes`, which are at most CS_OUTBOX_BYTES. */
#define MARK 0x8000u

/* The place of a packet, OUTBOX_PACKETS when it has none. Id 0 finds a free place. */
static uint32_t place_of(const struct outbox *outbox, uint16_t id) {
  uint32_t at = 0;
  while (at < OUTBOX_PACKETS && outbox->packets[at].id != id) at++;
  return at;
}

uint32_t outbox_free(const struct outbox *outbox) {
  if (place_of(outbox, 0) == OUTBOX_PACKETS) return 0;
  return (uint32_t)CS_OUTBOX_BYTES - outbox->used;
}

uint16_t outbox_id(struct outbox *outbox) {
  do outbox->last_id++;
  while (outbox->last_id == 0 || place_of(outbox, outbox->last_id) < OUTBOX_PACKETS);
  return outbox->last_id;
}

uint32_t outbox_take(struct outbox *outbox, uint16_t id, uint32_t bytes, uint32_t marked) {
  if (bytes > outbox_free(outbox)) return 0;
  uint32_t at = place_of(outbox, 0);
  outbox->packets[at].id = id;
  outbox->packets[at].bytes = (uint16_t)(bytes | (marked ? MARK : 0));
  outbox->used = (uint16_t)(outbox->used + bytes);
  return 1;
}

void outbox_release(struct outbox *outbox, uint16_t id) {
  uint32_t at = place_of(outbox, id);
  if (id == 0 || at == OUTBOX_PACKETS) return;
  outbox->used = (uint16_t)(outbox->used - (outbox->packets[at].bytes & ~MARK));
  outbox->packets[at].id = 0;
  outbox->packets[at].bytes = 0;
}

void outbox_unmark(struct outbox *outbox) {
  for (uint32_t at = 0; at < OUTBOX_PACKETS; at++) {
    outbox->packets[at].bytes = (uint16_t)(outbox->packets[at].bytes & ~MARK);
  }
}

uint32_t outbox_marked(const struct outbox *outbox) {
  uint32_t count = 0;
  for (uint32_t at = 0; at < OUTBOX_PACKETS; at++) {
    if ((outbox->packets[at].bytes & MARK) != 0) count++;
  }
  return count;
}

void outbox_clear(struct outbox *outbox) {
  for (uint32_t at = 0; at < OUTBOX_PACKETS; at++) {
    outbox->packets[at].id = 0;
    outbox->packets[at].bytes = 0;
  }
  outbox->used = 0;
}

/* What outlives a reset: configuration, module slots, the module's two records, and the runtime's
 * own marker. Layouts: firmware/device.md. A power cut anywhere leaves a usable choice. */
#ifndef CADDYSHACK_STORE_H
#define CADDYSHACK_STORE_H

#include <stdint.h>

#include "device.gen.h"

enum { SLOT_A = 0, SLOT_B = 1, SLOT_NONE = -1 };

/* Before anything else, at every boot: forgets what was known of the flash. */
void store_start(void);

/* --- configuration --- */
struct store_config {
  char account[81];
  char password[65];
  char broker[65];
  uint16_t port;
  uint8_t key[32];
  uint8_t tls;
};
/* 0 or CS_ERROR_NO_CONFIG. */
int32_t store_read_config(struct store_config *config);

/* Decoded; any byte but 0. */
struct store_wifi {
  char ssid[33];
  char password[65];
};
/* 0, or -1 when the configuration names no Wi-Fi. */
int32_t store_read_wifi(struct store_wifi *wifi);
/* Writes a changed configuration to the other copy. 0, or -1: not written, or there is no
 * configuration that could be changed (the backplane must be flashed first). */
int32_t store_write_wifi(const struct store_wifi *wifi);

/* --- module slots --- */
struct store_slot {
  uint8_t present; /* header, digest and HMAC are right, and it is committed */
  uint8_t tried;
  uint8_t confirmed;
  uint8_t bad;
  uint32_t length;
  uint32_t sequence;
  uint8_t sha256[32];
};
/* Reads and checks one slot whole (header, digest, HMAC, account). */
void store_read_slot(int32_t slot, const struct store_config *config, struct store_slot *info);
/* The slot to run: present, not bad, highest sequence; SLOT_NONE when there is none. Pure. */
int32_t store_choose(const struct store_slot slots[2]);
/* Marks of a slot's life. 0 or -1. */
int32_t store_mark_tried(int32_t slot);
int32_t store_mark_confirmed(int32_t slot);
int32_t store_mark_bad(int32_t slot);
uint32_t store_module_offset(int32_t slot);

/* Tried and not confirmed. */
int32_t store_on_trial(int32_t slot);
/* Sequence of the header that lies there, committed or not; 0 when there is no right one. */
uint32_t store_slot_sequence(int32_t slot, const struct store_config *config);
/* Where a pushed module goes while `running` runs; the slot of less use when that is SLOT_NONE. */
int32_t store_spare(int32_t running, const struct store_config *config);

/* --- staging of a pushed module into the slot that does not run --- */

/* Reasons of docs/SPEC.md 2.6, in the order of update.c's words. */
enum {
  REFUSED_BAD_HEADER = 1,
  REFUSED_BAD_LENGTH,
  REFUSED_BAD_ABI,
  REFUSED_WRONG_BACKPLANE,
  REFUSED_BAD_SIGNATURE,
  REFUSED_OLD_SEQUENCE,
  REFUSED_BAD_OFFSET,
  REFUSED_BAD_DIGEST,
  REFUSED_NO_BEGIN,
  REFUSED_ON_TRIAL,
  REFUSED_RETAINED,
  REFUSED_WRITE_FAILED,
};
/* The functions below answer 0 or one of these; a header has CS_MODULE_HEADER_SIZE bytes. */

/* Everything about a header but its sequence. */
int32_t store_check_header(const uint8_t *header, const struct store_config *config);
/* 1 when this very header lies there and was not committed. */
int32_t store_stage_same(int32_t slot, const uint8_t *header);
/* Erases `slot` and writes the header. The same header again keeps what is there: `*offset` is
 * where to go on. */
int32_t store_stage_begin(int32_t slot, const uint8_t *header, uint32_t *offset);
/* `offset` counts from the first byte of the module and is a multiple of 4. 0 or -1. */
int32_t store_stage_write(int32_t slot, uint32_t offset, const uint8_t *bytes, uint32_t length);
/* Checks seal and digest of what lies there and marks it committed. When the digest is wrong, the
 * header is erased, so that it begins anew. */
int32_t store_stage_commit(int32_t slot, const struct store_config *config);

/* --- records of the module --- */
/* Bytes read into `to`, 0 when there is no usable one. */
uint32_t store_read_hot(uint8_t *to, uint32_t size);
uint32_t store_read_durable(int32_t slot, uint8_t *to, uint32_t size);
/* ABI_OK, ABI_E_TOO_LONG or ABI_E_STORE. A durable record equal to the one there is not written. */
int32_t store_keep_hot(const uint8_t *record, uint32_t length);
int32_t store_keep_durable(int32_t slot, const uint8_t *record, uint32_t length);
/* Gives `to` the durable record of `from`, before `to` runs for the first time. */
int32_t store_copy_durable(int32_t from, int32_t to);

/* --- the runtime's own block in RTC memory --- */
struct store_marker {
  uint8_t in_module; /* a call of the module was under way */
  int8_t slot;       /* of which slot */
  uint8_t error;     /* CS_ERROR_* shown in info */
  uint8_t slots;     /* of the ring, 0 while that is not known */
  /* What was last shifted before a latch: the last `slots` bytes are the outputs. */
  uint8_t latched[4];
  /* Run time since the slot's last failure and since the one before, at most
   * CS_FAILURE_WINDOW_MS. */
  uint16_t since_ms[2];
  /* Run time of a module that is on trial. */
  uint32_t trial_ms;
};
/* 0, or -1 after a loss of power (then all is zero and slot SLOT_NONE). */
int32_t store_read_marker(struct store_marker *marker);
void store_write_marker(const struct store_marker *marker);

#endif

#include "update.h"

#include "abi.gen.h"
#include "words.h"

enum { STEP_BEGIN, STEP_CHUNK, STEP_COMMIT, STEPS_ASKED, STEPS = STEPS_ASKED + 3 };

static const char *const step_words[STEPS] = {"begin",   "chunk", "commit",
                                              "run", "confirm", "rollback"};
static const char *const reason_words[] = {
  0,           "bad-header",  "bad-length", "bad-abi",  "wrong-backplane", "bad-signature",
  "old-sequence", "bad-offset", "bad-digest", "no-begin", "on-trial",        "retained",
  "write-failed",
};

struct answer {
  char text[UPDATE_ANSWER_MAX];
  uint32_t length;
};

static const struct update_port *port;
/* The push under way: its slot, SLOT_NONE when there is none. */
static int32_t stage_slot;
static uint32_t stage_sequence;
static uint32_t stage_length;
static uint32_t stage_offset;
/* The last one that was committed since boot: a repeated commit is answered alike. */
static uint32_t committed;

static struct {
  uint8_t waits;
  uint32_t sequence;
  uint32_t value;
} reports[STEPS - STEPS_ASKED];

/* --- answers --- */

static void put_text(struct answer *answer, const char *text) {
  while (*text != 0 && answer->length < UPDATE_ANSWER_MAX) answer->text[answer->length++] = *text++;
}

static void put_number(struct answer *answer, uint32_t value) {
  char digits[11];
  uint32_t at = sizeof digits - 1;
  digits[at] = 0;
  do {
    digits[--at] = (char)('0' + value % 10);
    value /= 10;
  } while (value != 0);
  put_text(answer, digits + at);
}

static int32_t tell(int32_t step, uint32_t sequence, uint32_t offset, int32_t refusal) {
  struct answer answer;
  answer.length = 0;
  put_text(&answer, "{\"step\":\"");
  put_text(&answer, step_words[step]);
  put_text(&answer, "\",\"sequence\":");
  put_number(&answer, sequence);
  put_text(&answer, ",\"offset\":");
  put_number(&answer, offset);
  put_text(&answer, ",\"result\":\"");
  put_text(&answer, refusal == 0 ? "ok\",\"reason\":null}" : "refused\",\"reason\":\"");
  if (refusal != 0) {
    put_text(&answer, reason_words[refusal]);
    put_text(&answer, "\"}");
  }
  return port->answer(answer.text, answer.length);
}

/* --- begin --- */

/* Where this push was under way, else the slot for a new one. */
static int32_t slot_for(const uint8_t *header) {
  int32_t running = port->running();
  for (int32_t slot = SLOT_A; slot <= SLOT_B; slot++) {
    if (slot != running && store_stage_same(slot, header)) return slot;
  }
  return store_spare(running, port->config);
}

static uint32_t highest_sequence(void) {
  uint32_t a = store_slot_sequence(SLOT_A, port->config);
  uint32_t b = store_slot_sequence(SLOT_B, port->config);
  return a > b ? a : b;
}

static int32_t begin(const uint8_t *header, uint32_t *offset) {
  int32_t refusal = store_check_header(header, port->config);
  if (refusal != 0) return refusal;
  int32_t slot = slot_for(header);
  uint32_t sequence = get_u32(header + CS_MODULE_SEQUENCE_AT);
  if (!store_stage_same(slot, header)) {
    uint32_t highest = highest_sequence();
    if (sequence <= highest) {
      *offset = highest;
      return REFUSED_OLD_SEQUENCE;
    }
  }
  if (store_on_trial(port->running())) return REFUSED_ON_TRIAL;
  stage_slot = SLOT_NONE;
  refusal = store_stage_begin(slot, header, offset);
  if (refusal != 0) return refusal;
  stage_slot = slot;
  stage_sequence = sequence;
  stage_length = get_u32(header + CS_MODULE_LENGTH_AT);
  stage_offset = *offset;
  return 0;
}

static void begun(const uint8_t *payload, uint32_t length, int32_t refusal) {
  uint32_t offset = 0;
  int32_t whole = length == CS_MODULE_HEADER_SIZE;
  uint32_t sequence = whole ? get_u32(payload + CS_MODULE_SEQUENCE_AT) : 0;
  if (refusal == 0 && !whole) refusal = REFUSED_BAD_LENGTH;
  if (refusal == 0) refusal = begin(payload, &offset);
  (void)tell(STEP_BEGIN, sequence, offset, refusal);
}

/* --- chunk --- */

static int32_t chunk(const uint8_t *payload, uint32_t length) {
  if (stage_slot == SLOT_NONE) return REFUSED_NO_BEGIN;
  if (length < 5 || length > 4 + CS_CHUNK_MAX) return REFUSED_BAD_LENGTH;
  uint32_t offset = get_u32(payload);
  uint32_t size = length - 4;
  if (offset > stage_length || size > stage_length - offset) return REFUSED_BAD_LENGTH;
  if (size % 4 != 0 && offset + size != stage_length) return REFUSED_BAD_LENGTH;
  if (offset % 4 != 0 || offset > stage_offset) return REFUSED_BAD_OFFSET;
  if (offset + size <= stage_offset) return 0;
  if (offset < stage_offset) return REFUSED_BAD_OFFSET;
  if (store_stage_write(stage_slot, offset, payload + 4, size) < 0) return REFUSED_WRITE_FAILED;
  stage_offset = offset + size;
  return 0;
}

static void chunked(const uint8_t *payload, uint32_t length, int32_t refusal) {
  if (refusal == 0) refusal = chunk(payload, length);
  int32_t open = stage_slot != SLOT_NONE;
  (void)tell(STEP_CHUNK, open ? stage_sequence : 0, open ? stage_offset : 0, refusal);
}

/* --- commit --- */

static int32_t commit(uint32_t sequence) {
  if (sequence != 0 && sequence == committed) return 0;
  if (stage_slot == SLOT_NONE || sequence != stage_sequence) return REFUSED_NO_BEGIN;
  if (stage_offset != stage_length) return REFUSED_BAD_LENGTH;
  int32_t slot = stage_slot;
  stage_slot = SLOT_NONE;
  int32_t refusal = store_stage_commit(slot, port->config);
  if (refusal != 0) return refusal;
  committed = sequence;
  port->activate(slot);
  return 0;
}

static void committing(const uint8_t *payload, uint32_t length, int32_t refusal) {
  uint32_t sequence = length == 4 ? get_u32(payload) : 0;
  if (refusal == 0 && length != 4) refusal = REFUSED_BAD_LENGTH;
  if (refusal == 0) refusal = commit(sequence);
  (void)tell(STEP_COMMIT, sequence, stage_offset, refusal);
}

/* --- messages --- */

static int32_t is(const char *name, uint32_t length, const char *word) {
  uint32_t i = 0;
  while (i < length && word[i] != 0 && name[i] == word[i]) i++;
  return i == length && word[i] == 0;
}

void update_start(const struct update_port *to) {
  port = to;
  stage_slot = SLOT_NONE;
  stage_sequence = stage_length = stage_offset = committed = 0;
  for (uint32_t i = 0; i < STEPS - STEPS_ASKED; i++) reports[i].waits = 0;
}

void update_message(const char *name, uint32_t name_length, const uint8_t *payload,
                    uint32_t payload_length, uint32_t flags) {
  static void (*const steps[STEPS_ASKED])(const uint8_t *, uint32_t, int32_t) = {begun, chunked,
                                                                                 committing};
  int32_t refusal = 0;
  if (flags & ABI_MESSAGE_TRUNCATED) refusal = REFUSED_BAD_LENGTH;
  if (flags & ABI_MESSAGE_RETAIN) refusal = REFUSED_RETAINED;
  /* What was cut off is not there to be read. */
  if (flags & ABI_MESSAGE_TRUNCATED) payload_length = 0;
  for (int32_t step = 0; step < STEPS_ASKED; step++) {
    if (is(name, name_length, step_words[step])) steps[step](payload, payload_length, refusal);
  }
}

void update_report(int32_t step, uint32_t sequence, uint32_t value) {
  reports[step].waits = 1;
  reports[step].sequence = sequence;
  reports[step].value = value;
}

void update_poll(void) {
  for (int32_t i = 0; i < STEPS - STEPS_ASKED; i++) {
    if (!reports[i].waits) continue;
    if (!tell(STEPS_ASKED + i, reports[i].sequence, reports[i].value, 0)) return;
    reports[i].waits = 0;
  }
}

/* Runs a whole history of a backplane and cuts the power in every write and every erase of it, and
 * once more in every one of the boot that follows. After each cut it boots, compares, and goes on
 * with the history to its end. Answers 0 when nothing was ever wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi.gen.h"
#include "fake-flash.h"
#include "hal.h"
#include "record.h"
#include "sha256.h"
#include "store.h"
#include "update.h"
#include "words.h"

enum kind { KEEP, PUSH, CONFIRM, GIVE_UP, WIFI };
struct step {
  enum kind kind;
  uint32_t value; /* number of the record, sequence, number of the Wi-Fi */
};

/* Keeps until both sectors were in use, pushes that stay and that are given up. */
static const struct step history[] = {
  {KEEP, 1},  {KEEP, 2},    {KEEP, 3},  {WIFI, 1},    {PUSH, 2},  {KEEP, 4},    {CONFIRM, 0},
  {KEEP, 5},  {KEEP, 6},    {KEEP, 7},  {KEEP, 8},    {KEEP, 9},  {KEEP, 10},   {KEEP, 11},
  {KEEP, 12}, {KEEP, 13},   {WIFI, 2},  {PUSH, 3},    {KEEP, 14}, {GIVE_UP, 0}, {KEEP, 15},
  {PUSH, 4},  {CONFIRM, 0}, {KEEP, 16}, {KEEP, 17},   {WIFI, 3},  {PUSH, 5},    {GIVE_UP, 0},
  {KEEP, 18},
};
/* A cut is followed by a record that the history does not have. */
enum { HISTORY = sizeof history / sizeof history[0], AFTER_CUT = 19 };

/* What the backplane must know after so many steps. */
struct truth {
  int32_t slot;
  uint32_t sequence[2];
  uint32_t durable[2]; /* number of the record */
  uint32_t wifi;
};

static struct store_config config;
static struct truth now;
static int32_t activated;
static char last_answer[UPDATE_ANSWER_MAX + 1];

static void fail(const char *what, uint32_t at) {
  fprintf(stderr, "%s (step %u of the history)\n", what, at);
  exit(1);
}

/* --- things by number --- */

static uint32_t module_length(uint32_t sequence) {
  return 600 + 37 * sequence;
}

static uint8_t module_byte(uint32_t sequence, uint32_t i) {
  /* With erased words in it, and at its end. */
  if (i % 64 < 8 || i + 8 >= module_length(sequence)) return 0xff;
  return (uint8_t)(sequence * 31 + i * 7);
}

static uint32_t record_bytes(uint32_t number, uint8_t *to) {
  uint32_t length = number % 3 == 0 ? ABI_DURABLE_MAX : 200 + number;
  for (uint32_t i = 0; i < length; i++) to[i] = (uint8_t)(i % 16 < 4 ? 0xff : number + i);
  return length;
}

static void wifi_of(uint32_t number, struct store_wifi *wifi) {
  snprintf(wifi->ssid, sizeof wifi->ssid, "net %u%%", number);
  snprintf(wifi->password, sizeof wifi->password, "%s", number % 2 ? "" : "pass\x01word");
}

static void header_of(uint32_t sequence, uint8_t header[CS_MODULE_HEADER_SIZE]) {
  struct sha256 hash;
  memset(header, 0, CS_MODULE_HEADER_SIZE);
  put_u32(header, CS_MODULE_MAGIC);
  header[CS_MODULE_VERSION_AT] = 1;
  header[CS_MODULE_ABI_AT] = ABI_VERSION;
  put_u32(header + CS_MODULE_LENGTH_AT, module_length(sequence));
  put_u32(header + CS_MODULE_SEQUENCE_AT, sequence);
  sha256_start(&hash);
  for (uint32_t i = 0; i < module_length(sequence); i++) {
    uint8_t byte = module_byte(sequence, i);
    sha256_add(&hash, &byte, 1);
  }
  sha256_end(&hash, header + CS_MODULE_SHA256_AT);
  memcpy(header + CS_MODULE_ACCOUNT_AT, config.account, strlen(config.account));
  hmac_start(&hash, config.key, sizeof config.key);
  sha256_add(&hash, header, CS_MODULE_HMAC_AT);
  hmac_end(&hash, config.key, sizeof config.key, header + CS_MODULE_HMAC_AT);
}

/* --- the backplane --- */

static int32_t running(void) {
  return now.slot;
}

static int32_t answer(const char *json, uint32_t length) {
  memcpy(last_answer, json, length);
  last_answer[length] = 0;
  return 1;
}

static void activate(int32_t slot) {
  activated = slot;
}

static const struct update_port port = {&config, running, answer, activate};

static int32_t answered(const char *what) {
  return strstr(last_answer, what) != NULL;
}

static uint32_t answered_offset(void) {
  return (uint32_t)strtoul(strstr(last_answer, "\"offset\":") + 9, NULL, 10);
}

/* What the runtime does before a slot runs for the first time. */
static void first_run(int32_t slot, int32_t before) {
  if (before != SLOT_NONE && store_copy_durable(before, slot) != ABI_OK) abort();
  if (store_mark_tried(slot) < 0) abort();
}

static void push(uint32_t sequence, uint32_t at) {
  uint8_t header[CS_MODULE_HEADER_SIZE];
  uint8_t message[4 + CS_CHUNK_MAX];
  if (now.sequence[now.slot] == sequence) return;
  header_of(sequence, header);
  update_message("begin", 5, header, sizeof header, 0);
  if (!answered("\"result\":\"ok\"")) fail(last_answer, at);
  for (uint32_t offset = answered_offset(); offset < module_length(sequence);) {
    uint32_t left = module_length(sequence) - offset;
    uint32_t size = left < CS_CHUNK_MAX ? left : CS_CHUNK_MAX;
    put_u32(message, offset);
    for (uint32_t i = 0; i < size; i++) message[4 + i] = module_byte(sequence, offset + i);
    update_message("chunk", 5, message, 4 + size, 0);
    if (!answered("\"result\":\"ok\"")) fail(last_answer, at);
    offset = answered_offset();
  }
  put_u32(message, sequence);
  update_message("commit", 6, message, 4, 0);
  if (!answered("\"result\":\"ok\"") || activated == SLOT_NONE) fail(last_answer, at);
  first_run(activated, now.slot);
  now.sequence[activated] = sequence;
  now.durable[activated] = now.durable[now.slot];
  now.slot = activated;
}

static void keep(uint32_t number) {
  uint8_t record[ABI_DURABLE_MAX];
  if (store_keep_durable(now.slot, record, record_bytes(number, record)) != ABI_OK) abort();
  now.durable[now.slot] = number;
}

static void perform(uint32_t at) {
  struct store_wifi wifi;
  uint32_t value = history[at].value;
  switch (history[at].kind) {
    case KEEP:
      keep(value);
      break;
    case PUSH:
      push(value, at);
      break;
    case CONFIRM:
      if (store_mark_confirmed(now.slot) < 0) abort();
      break;
    case GIVE_UP:
      if (now.sequence[now.slot] < now.sequence[1 - now.slot]) break;
      if (store_mark_bad(now.slot) < 0) abort();
      now.slot = 1 - now.slot;
      break;
    case WIFI:
      wifi_of(value, &wifi);
      if (store_write_wifi(&wifi) < 0) abort();
      now.wifi = value;
  }
}

static void configure(void) {
  static const char text[] =
    "account=s1/bp1\npassword=secret\nbroker=10.0.0.1\nport=1883\nfuture=kept\n"
    "key=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"
    "wifi_ssid=net 0%25\nwifi_password=pass%01word\n";
  struct record record = {1, sizeof text - 1};
  struct bytes bytes = {(const uint8_t *)text, 0};
  if (record_write(CS_FLASH_CONFIG_A, CS_CONFIG_MAGIC, &record, &bytes) < 0) abort();
  if (store_read_config(&config) != 0) abort();
}

/* As `hostd flash` leaves it. */
static void flashed(void) {
  uint8_t header[CS_MODULE_HEADER_SIZE];
  uint32_t offset;
  flash_clear();
  store_start();
  configure();
  header_of(1, header);
  if (store_stage_begin(SLOT_A, header, &offset) != 0) abort();
  for (uint32_t i = 0; i < module_length(1); i += 4) {
    uint8_t word[4];
    uint32_t size = module_length(1) - i < 4 ? module_length(1) - i : 4;
    for (uint32_t j = 0; j < size; j++) word[j] = module_byte(1, i + j);
    if (store_stage_write(SLOT_A, i, word, size) < 0) abort();
  }
  if (store_stage_commit(SLOT_A, &config) != 0 || store_mark_tried(SLOT_A) < 0) abort();
  if (store_mark_confirmed(SLOT_A) < 0) abort();
  now = (struct truth){SLOT_A, {1, 0}, {0, 0}, 0};
  activated = SLOT_NONE;
  update_start(&port);
}

/* --- after a cut --- */

static uint32_t kept_number(int32_t slot, uint32_t at) {
  uint8_t is[ABI_DURABLE_MAX];
  uint8_t wanted[ABI_DURABLE_MAX];
  uint32_t length = store_read_durable(slot, is, sizeof is);
  if (length == 0) return 0;
  for (uint32_t number = 1; number <= AFTER_CUT; number++) {
    if (record_bytes(number, wanted) == length && memcmp(is, wanted, length) == 0) return number;
  }
  fail("a durable record that was never kept", at);
  return 0;
}

static void check_config(uint32_t at) {
  struct store_wifi wifi;
  struct store_wifi wanted;
  if (store_read_config(&config) != 0) fail("no configuration", at);
  if (strcmp(config.password, "secret") != 0 || config.port != 1883 || config.key[31] != 0xff) {
    fail("another configuration", at);
  }
  if (store_read_wifi(&wifi) < 0) fail("no Wi-Fi", at);
  wifi_of(now.wifi, &wanted);
  if (history[at].kind == WIFI && strcmp(wifi.ssid, wanted.ssid) != 0) {
    now.wifi = history[at].value;
    wifi_of(now.wifi, &wanted);
  }
  if (strcmp(wifi.ssid, wanted.ssid) != 0) fail("another Wi-Fi", at);
  if (strcmp(wifi.password, wanted.password) != 0) fail("another Wi-Fi password", at);
}

/* Boots, with what that writes, and compares with the state before or after step `at`. */
static void boot(uint32_t at) {
  struct store_slot slots[2];
  activated = SLOT_NONE;
  store_start();
  check_config(at);
  for (int32_t slot = SLOT_A; slot <= SLOT_B; slot++) store_read_slot(slot, &config, &slots[slot]);
  int32_t chosen = store_choose(slots);
  if (chosen == SLOT_NONE) fail("nothing to boot", at);
  uint32_t sequence = slots[chosen].sequence;
  enum kind kind = history[at].kind;
  int32_t pushed = kind == PUSH && sequence == history[at].value;
  int32_t given_up = kind == GIVE_UP && chosen != now.slot;
  if (chosen != now.slot && !pushed && !given_up) fail("the wrong slot", at);
  if (!pushed && sequence != now.sequence[chosen]) fail("the wrong module", at);
  if (!slots[chosen].tried) first_run(chosen, slots[1 - chosen].present ? 1 - chosen : SLOT_NONE);
  if (pushed && now.sequence[chosen] != sequence) {
    now.durable[chosen] = now.durable[now.slot];
    now.sequence[chosen] = sequence;
  }
  now.slot = chosen;
  uint32_t kept = kept_number(chosen, at);
  if (kept == AFTER_CUT || (kind == KEEP && kept == history[at].value)) now.durable[chosen] = kept;
  if (kept != now.durable[chosen]) fail("another durable record", at);
  update_start(&port);
}

/* The whole history with a cut in step `cut` of the flash, and another one `second` steps after
 * it. 0 when the history was shorter, 1 when the second cut was not reached, else 2. */
static int32_t run(uint32_t cut, enum tear tear, uint32_t second) {
  static volatile uint32_t at;
  static volatile uint32_t cuts;
  flashed();
  at = cuts = 0;
  flash_plan_cut(cut, tear, cut * 7 + second);
  if (setjmp(flash_power_cut) != 0) {
    cuts++;
    flash_plan_cut(cuts == 1 ? second : 0, tear, cut * 7 + second);
  }
  if (cuts > 0) {
    boot(at);
    keep(AFTER_CUT);
  }
  for (; at < HISTORY; at++) perform(at);
  flash_plan_cut(0, tear, 1);
  at = HISTORY - 1;
  boot(at);
  if (now.sequence[now.slot] != 4 || now.durable[now.slot] != 18 || now.wifi != 3) {
    fail("the history did not end where it should", HISTORY);
  }
  return (int32_t)cuts;
}

/* Arguments: every how many steps to cut, and to cut a second time at every step after. */
int main(int argc, char **argv) {
  uint32_t stride = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
  uint32_t second_stride = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1;
  uint32_t runs = 0;
  run(0, TEAR_NOTHING, 0);
  uint32_t steps = flash_steps;
  for (uint32_t cut = 1; cut <= steps; cut += stride) {
    for (uint32_t tear = TEAR_NOTHING; tear < TEARS; tear++) {
      run(cut, (enum tear)tear, cut % 6);
      runs++;
    }
    if (cut % second_stride != 0) continue;
    for (uint32_t second = 1; run(cut, TEAR_SOME, second) == 2 && second < 200; second++) runs++;
  }
  printf("%u steps, %u runs with a cut\n", steps, runs);
  return 0;
}

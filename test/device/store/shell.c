/* The store and the update on a flash in RAM, driven by lines on stdin: one command per line, its
 * answer on stdout. Bytes are hex digits, `-` for none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crc32.h"
#include "fake-flash.h"
#include "sha256.h"
#include "store.h"
#include "update.h"

enum { WORDS = 6, LINE = 20000, BYTES = 9000 };

static struct store_config config;
static int32_t slot_running = SLOT_NONE;
static int32_t link_full;

static uint8_t bytes[BYTES];
static char *words[WORDS];

static uint32_t number(const char *text) {
  return (uint32_t)strtoul(text, NULL, 0);
}

static uint32_t hex(const char *text) {
  uint32_t length = 0;
  if (text[0] == '-') return 0;
  for (; text[0] != 0 && text[1] != 0; text += 2) {
    char digits[3] = {text[0], text[1], 0};
    bytes[length++] = (uint8_t)strtoul(digits, NULL, 16);
  }
  return length;
}

static void print_bytes(const uint8_t *from, uint32_t length) {
  for (uint32_t i = 0; i < length; i++) printf("%02x", from[i]);
}

static int32_t running(void) {
  return slot_running;
}

static int32_t answer(const char *json, uint32_t length) {
  if (link_full) return 0;
  printf("%.*s ", (int)length, json);
  return 1;
}

static void activate(int32_t slot) {
  printf("activate %d ", slot);
}

static const struct update_port port = {&config, running, answer, activate};

/* --- commands --- */

static void start(void) {
  store_start();
  printf("%d", store_read_config(&config));
  update_start(&port);
}

static void show_config(void) {
  if (store_read_config(&config) != 0) {
    printf("none");
    return;
  }
  printf("%s %s %s %u tls=%u ", config.account, config.password, config.broker, config.port,
         config.tls);
  print_bytes(config.key, sizeof config.key);
}

static void show_slot(void) {
  struct store_slot slot;
  store_read_slot((int32_t)number(words[1]), &config, &slot);
  printf("present=%u tried=%u confirmed=%u bad=%u length=%u sequence=%u ", slot.present, slot.tried,
         slot.confirmed, slot.bad, slot.length, slot.sequence);
  print_bytes(slot.sha256, sizeof slot.sha256);
}

static void choose(void) {
  struct store_slot slots[2];
  for (int32_t slot = SLOT_A; slot <= SLOT_B; slot++) store_read_slot(slot, &config, &slots[slot]);
  printf("%d", store_choose(slots));
}

static void mark(void) {
  int32_t slot = (int32_t)number(words[2]);
  if (strcmp(words[1], "tried") == 0) printf("%d", store_mark_tried(slot));
  if (strcmp(words[1], "confirmed") == 0) printf("%d", store_mark_confirmed(slot));
  if (strcmp(words[1], "bad") == 0) printf("%d", store_mark_bad(slot));
}

static void show_durable(void) {
  printf("durable ");
  print_bytes(bytes, store_read_durable((int32_t)number(words[1]), bytes, sizeof bytes));
}

static void show_hot(void) {
  printf("hot ");
  print_bytes(bytes, store_read_hot(bytes, sizeof bytes));
}

/* At an address that is, or is not, a multiple of 4. */
static void keep_hot(void) {
  static uint32_t aligned[128];
  uint32_t shift = words[2] != NULL ? number(words[2]) : 0;
  uint32_t length = hex(words[1]);
  memcpy((uint8_t *)aligned + shift, bytes, length);
  printf("%d", store_keep_hot((uint8_t *)aligned + shift, length));
}

static void wifi(void) {
  struct store_wifi wifi;
  if (words[1] != NULL) {
    memset(&wifi, 0, sizeof wifi);
    memcpy(wifi.ssid, bytes, hex(words[1]));
    memcpy(wifi.password, bytes, hex(words[2]));
    printf("%d ", store_write_wifi(&wifi));
  }
  if (store_read_wifi(&wifi) < 0) {
    printf("none");
    return;
  }
  print_bytes((const uint8_t *)wifi.ssid, (uint32_t)strlen(wifi.ssid));
  printf(" ");
  print_bytes((const uint8_t *)wifi.password, (uint32_t)strlen(wifi.password));
}

static void marker(void) {
  struct store_marker marker;
  memset(&marker, 0, sizeof marker);
  if (words[1] != NULL) {
    marker.in_module = (uint8_t)number(words[1]);
    marker.slot = (int8_t)atoi(words[2]);
    marker.error = (uint8_t)number(words[3]);
    marker.trial_ms = number(words[4]);
    store_write_marker(&marker);
    memset(&marker, 0, sizeof marker);
  }
  int32_t found = store_read_marker(&marker);
  printf("%d %u %d %u %u", found, marker.in_module, marker.slot, marker.error, marker.trial_ms);
}

static void message(void) {
  /* A buffer of its own, so that the sanitizer sees a byte too many. A message that was cut says
   * how long it had been. */
  uint32_t length = hex(words[2]);
  uint8_t *payload = malloc(length + 1);
  memcpy(payload + 1, bytes, length);
  uint32_t said = words[4] != NULL ? number(words[4]) : length;
  update_message(words[1], (uint32_t)strlen(words[1]), payload + 1, said, number(words[3]));
  free(payload);
}

static void hmac(void) {
  struct sha256 hash;
  uint8_t key[64];
  uint8_t mac[SHA256_SIZE];
  uint32_t key_length = hex(words[1]);
  memcpy(key, bytes, key_length);
  uint32_t length = hex(words[2]);
  hmac_start(&hash, key, key_length);
  sha256_add(&hash, bytes, length);
  hmac_end(&hash, key, key_length, mac);
  print_bytes(mac, sizeof mac);
}

static void sha(void) {
  struct sha256 hash;
  uint8_t digest[SHA256_SIZE];
  uint32_t length = hex(words[1]);
  sha256_start(&hash);
  for (uint32_t i = 0; i < number(words[2]); i++) sha256_add(&hash, bytes, length);
  sha256_end(&hash, digest);
  print_bytes(digest, sizeof digest);
}

static void poke(void) {
  uint8_t *cells = words[1][0] == 'r' ? rtc_cells : flash_cells;
  uint32_t at = number(words[2]) - (cells == flash_cells ? FLASH_FIRST : 0);
  memcpy(cells + at, bytes, hex(words[3]));
}

static void flip(void) {
  uint8_t *cells = words[1][0] == 'r' ? rtc_cells : flash_cells;
  uint32_t bit = number(words[3]);
  uint32_t at = number(words[2]) - (cells == flash_cells ? FLASH_FIRST : 0);
  cells[at + bit / 8] ^= (uint8_t)(1u << (bit % 8));
}

static void peek(void) {
  const uint8_t *cells = words[1][0] == 'r' ? rtc_cells : flash_cells;
  uint32_t at = number(words[2]) - (cells == flash_cells ? FLASH_FIRST : 0);
  print_bytes(cells + at, number(words[3]));
}

static void keep_many(void) {
  for (uint32_t i = 0; i < number(words[1]); i++) {
    uint32_t length = number(words[2]);
    memset(bytes, (int)(i & 255), length);
    memcpy(bytes, &i, sizeof i);
    if (store_keep_durable(SLOT_A, bytes, length) != 0) printf("failed ");
  }
  printf("%u %u", flash_erases[0x20], flash_erases[0x21]);
}

static int32_t slot_word(int i) {
  return (int32_t)strtol(words[i], NULL, 10);
}

static void run_command(const char *name) {
  if (strcmp(name, "start") == 0) start();
  if (strcmp(name, "clear") == 0) flash_clear();
  if (strcmp(name, "config") == 0) show_config();
  if (strcmp(name, "slot") == 0) show_slot();
  if (strcmp(name, "choose") == 0) choose();
  if (strcmp(name, "mark") == 0) mark();
  if (strcmp(name, "durable") == 0) show_durable();
  if (strcmp(name, "keep") == 0) {
    printf("%d", store_keep_durable(slot_word(1), bytes, hex(words[2])));
  }
  if (strcmp(name, "copy") == 0) printf("%d", store_copy_durable(slot_word(1), slot_word(2)));
  if (strcmp(name, "hot") == 0) show_hot();
  if (strcmp(name, "keephot") == 0) keep_hot();
  if (strcmp(name, "wifi") == 0) wifi();
  if (strcmp(name, "marker") == 0) marker();
  if (strcmp(name, "message") == 0) message();
  if (strcmp(name, "report") == 0) {
    update_report(slot_word(1), number(words[2]), number(words[3]));
  }
  if (strcmp(name, "poll") == 0) update_poll();
  if (strcmp(name, "full") == 0) link_full = slot_word(1);
  if (strcmp(name, "running") == 0) slot_running = slot_word(1);
  if (strcmp(name, "failing") == 0) flash_fail(slot_word(1));
  if (strcmp(name, "hmac") == 0) hmac();
  if (strcmp(name, "sha") == 0) sha();
  if (strcmp(name, "crc") == 0) printf("%08x", crc32(0, bytes, hex(words[1])));
  if (strcmp(name, "poke") == 0) poke();
  if (strcmp(name, "flip") == 0) flip();
  if (strcmp(name, "peek") == 0) peek();
  if (strcmp(name, "many") == 0) keep_many();
}

int main(void) {
  static char line[LINE];
  flash_clear();
  while (fgets(line, sizeof line, stdin) != NULL) {
    uint32_t count = 0;
    for (char *word = strtok(line, " \n"); word && count < WORDS; word = strtok(NULL, " \n")) {
      words[count++] = word;
    }
    for (uint32_t i = count; i < WORDS; i++) words[i] = NULL;
    if (count > 0) run_command(words[0]);
    printf("\n");
  }
  return 0;
}

/* Hosts a module for the tests: commands on stdin, one line each; answers and every call of an
 * import on stdout. `load FILE`, `unload`, `cycle FILE N`, `boot REASON NOW BASE`, `link UP NOW`,
 * `message FLAGS NOW TOPIC PAYLOAD`, `inputs NOW HEX`, `tick NOW`, `suspend`, `resume NOW HEX`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi.gen.h"
#include "hal.h"
#include "host.h"
#include "host_code.h"

static uint8_t flash[65536];
static uint32_t flash_length;
static uint8_t ring[8];
static uint32_t region[16384];
static uint32_t region_size;
static int quiet;

static void print_bytes(const char *name, const uint8_t *bytes, uint32_t length) {
  printf(" %s=", name);
  for (uint32_t at = 0; at < length; at++) printf("%02x", bytes[at]);
}

int32_t hal_read(uint32_t space, uint32_t offset, void *to, uint32_t length) {
  (void)space;
  if (offset > flash_length || length > flash_length - offset) return -1;
  memcpy(to, flash + offset, length);
  return 0;
}

void *hal_code_memory(uint32_t *size) {
  *size = region_size;
  return region_size == 0 ? NULL : region;
}

/* Four slots, all empty. */
static void shift(const uint8_t *out, uint8_t *back, uint32_t count, uint32_t flags) {
  if (!quiet) printf("shift flags=%u", flags);
  if (!quiet) print_bytes("out", out, count);
  if ((flags & ABI_SHIFT_LOAD) != 0) memset(ring + 4, 0xf3, 4);
  for (uint32_t at = 0; at < count; at++) {
    uint8_t in = out[at];
    back[at] = ring[7];
    memmove(ring + 1, ring, 7);
    ring[0] = in;
  }
  if (!quiet) printf("\n");
}

static int32_t publish(const uint8_t *topic, uint32_t topic_length, const uint8_t *payload,
                       uint32_t payload_length, uint32_t flags) {
  if (!quiet) printf("publish %.*s %.*s flags=%u\n", (int)topic_length, (const char *)topic,
         (int)payload_length, (const char *)payload, flags);
  return ABI_OK;
}

static int32_t subscribe(const uint8_t *topic, uint32_t length) {
  if (!quiet) printf("subscribe %.*s\n", (int)length, (const char *)topic);
  return ABI_OK;
}

static int32_t measure(int32_t what) {
  if (!quiet) printf("measure %d\n", what);
  return -1;
}

static int32_t keep(int32_t which, const uint8_t *record, uint32_t length) {
  if (!quiet) printf("keep %d", which);
  if (!quiet) print_bytes("record", record, length);
  if (!quiet) printf("\n");
  return ABI_OK;
}

static void note(int32_t code, int32_t number) {
  if (!quiet) printf("note %d %d\n", code, number);
}

static void log_text(int32_t level, const uint8_t *text, uint32_t length) {
  if (!quiet) printf("log %d %.*s\n", level, (int)length, (const char *)text);
}

static const struct host_imports imports = {shift, publish, subscribe, measure,
                                            keep,  note,    log_text};

static int32_t load(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) exit(2);
  flash_length = (uint32_t)fread(flash, 1, sizeof flash, file);
  fclose(file);
  return host_load(0, flash_length, &imports);
}

static uint8_t *inbox(void) {
  uint32_t size = 0;
  uint8_t *bytes = host_inbox(&size);
  if (bytes == NULL) exit(3);
  return bytes;
}

static uint32_t put_hex(uint8_t *to, const char *hex) {
  uint32_t length = (uint32_t)strlen(hex) / 2;
  for (uint32_t at = 0; at < length; at++) {
    unsigned byte = 0;
    sscanf(hex + 2 * at, "%2x", &byte);
    to[at] = (uint8_t)byte;
  }
  return length;
}

static uint32_t number(const char *text) {
  return (uint32_t)strtoul(text == NULL ? "0" : text, NULL, 10);
}

static void suspend(void) {
  uint32_t length = 0;
  int32_t error = host_suspend(&length);
  printf("suspend %d", error);
  if (error == 0) print_bytes("state", inbox(), length);
  printf("\n");
}

static void resume(uint32_t now, const char *hex) {
  int32_t answer = 0;
  uint32_t length = put_hex(inbox(), hex);
  int32_t error = host_resume(length, now, &answer);
  printf("resume %d answer=%d\n", error, answer);
}

static void boot(uint32_t reason, uint32_t now, const char *base) {
  int32_t slots = 0;
  uint32_t length = (uint32_t)strlen(base);
  memcpy(inbox(), base, length);
  int32_t error = host_boot((int32_t)reason, 0, 0, length, now, &slots);
  printf("boot %d slots=%d\n", error, slots);
}

static void message(uint32_t flags, uint32_t now, const char *topic, const char *payload) {
  uint32_t topic_length = (uint32_t)strlen(topic);
  uint32_t payload_length = (uint32_t)strlen(payload);
  memcpy(inbox(), topic, topic_length);
  memcpy(inbox() + topic_length, payload, payload_length);
  printf("message %d\n", host_message(topic_length, payload_length, flags, now));
}

static void cycle(const char *path, uint32_t count) {
  uint32_t failed = 0;
  quiet = 1;
  for (uint32_t at = 0; at < count; at++) {
    int32_t slots = 0;
    uint32_t next = 0;
    if (load(path) != 0) failed++;
    if (!host_loaded()) continue;
    memcpy(inbox(), "a/b/c", 5);
    if (host_boot(0, 0, 0, 5, at, &slots) != 0 || slots != 4) failed++;
    if (host_tick(at, &next) != 0) failed++;
    host_unload();
  }
  quiet = 0;
  printf("cycle %u failed=%u\n", count, failed);
}

static void command(char *line) {
  char *word[5] = {0};
  uint32_t count = 0;
  for (char *at = strtok(line, " \n"); at != NULL && count < 5; at = strtok(NULL, " \n")) {
    word[count++] = at;
  }
  const char *verb = count > 0 ? word[0] : "";
  uint32_t next = 0;
  if (strcmp(verb, "load") == 0) {
    int32_t error = load(word[1]);
    printf("load %d %s\n", error, host_error_text());
  } else if (strcmp(verb, "unload") == 0) {
    host_unload();
    printf("unload loaded=%d\n", host_loaded());
  } else if (strcmp(verb, "cycle") == 0) {
    cycle(word[1], number(word[2]));
  } else if (strcmp(verb, "region") == 0) {
    region_size = number(word[1]);
  } else if (strcmp(verb, "code") == 0) {
    printf("code used=%u spilled=%u\n", host_code_used(), host_code_spilled());
  } else if (strcmp(verb, "boot") == 0) {
    boot(number(word[1]), number(word[2]), word[3] == NULL ? "" : word[3]);
  } else if (strcmp(verb, "link") == 0) {
    printf("link %d\n", host_link((int32_t)number(word[1]), number(word[2])));
  } else if (strcmp(verb, "message") == 0) {
    message(number(word[1]), number(word[2]), word[3], word[4] == NULL ? "" : word[4]);
  } else if (strcmp(verb, "inputs") == 0) {
    uint32_t length = put_hex(inbox(), word[2]);
    printf("inputs %d\n", host_inputs(length, number(word[1])));
  } else if (strcmp(verb, "tick") == 0) {
    int32_t error = host_tick(number(word[1]), &next);
    printf("tick %d next=%u %s\n", error, next, error == 0 ? "" : host_error_text());
  } else if (strcmp(verb, "suspend") == 0) {
    suspend();
  } else if (strcmp(verb, "resume") == 0) {
    resume(number(word[1]), word[2]);
  } else {
    printf("what is %s?\n", verb);
  }
}

int main(void) {
  static char line[8192];
  while (fgets(line, sizeof line, stdin) != NULL) command(line);
  host_unload();
  return 0;
}

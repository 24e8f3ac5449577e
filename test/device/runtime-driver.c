/* The runtime on a board of its own for the tests: virtual time, a flash chip, RTC memory, a ring
 * of shift registers and a broker that says yes, all in here. Commands on stdin, what happened on
 * stdout, each line with the time. Flash, RTC memory and ring live on in the file named by the
 * first argument, so that a reset is a new process. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi.gen.h"
#include "device.gen.h"
#include "hal.h"
#include "runtime.h"

enum { FLASH_FROM = CS_FLASH_CONFIG_A, FLASH_SIZE = CS_FLASH_END - CS_FLASH_CONFIG_A };
enum { STREAM_SIZE = 65536, BUSY_MAX = 200000, SLOTS_MAX = 4, FIGURES = 16 };

/* What outlives the process. */
static struct {
  uint8_t flash[FLASH_SIZE];
  uint8_t rtc[CS_RTC_SIZE];
  uint8_t outputs[SLOTS_MAX];
  uint32_t slots;
  uint32_t now_ms;
} kept;

static const char *kept_path;
static uint8_t out_chain[SLOTS_MAX];
static uint8_t in_chain[SLOTS_MAX];
static uint8_t inputs[SLOTS_MAX];
static int32_t reset_cause;
static int32_t figures[FIGURES];
static uint32_t busy;
static uint32_t end_ms;
static uint32_t load_ms;
static uint32_t net_ms;

/* The stream: bytes to and from the board. */
static struct {
  uint8_t open;
  uint8_t reachable;
  uint8_t holds_acks;
  uint8_t from[STREAM_SIZE];
  uint32_t from_length;
  uint8_t to[STREAM_SIZE];
  uint32_t to_length;
  uint8_t held[STREAM_SIZE];
  uint32_t held_length;
  uint16_t next_id;
} net = {.reachable = 1, .next_id = 1};

static void say(const char *what) {
  printf("%u %s", kept.now_ms, what);
}

static void say_hex(const uint8_t *bytes, uint32_t count) {
  for (uint32_t at = 0; at < count; at++) printf("%02x", bytes[at]);
  printf("\n");
}

static void save(void) {
  FILE *file = fopen(kept_path, "wb");
  if (file == NULL || fwrite(&kept, sizeof kept, 1, file) != 1) exit(2);
  fclose(file);
}

/* --- the board --- */

uint32_t hal_now_ms(void) {
  return kept.now_ms;
}

void hal_idle(uint32_t ms, int32_t linked) {
  static int32_t was_linked;
  if (linked != was_linked) say(linked ? "led on\n" : "led off\n");
  was_linked = linked;
  if (ms > 0) busy = 0;
  if (++busy > BUSY_MAX) {
    say("busy\n");
    exit(3);
  }
  uint32_t left = (int32_t)(end_ms - kept.now_ms) < 0 ? 0 : end_ms - kept.now_ms;
  kept.now_ms += ms < left ? ms : left;
}

/* All stages shift at once: what leaves the last 595 enters the first 165. */
void hal_shift(const uint8_t *out, uint8_t *back, uint32_t count, uint32_t flags) {
  uint32_t n = kept.slots;
  if ((flags & ABI_SHIFT_LOAD) != 0) {
    for (uint32_t at = 0; at < n; at++) in_chain[n - 1 - at] = inputs[at];
  }
  for (uint32_t at = 0; at < count; at++) {
    uint8_t byte = out[at];
    back[at] = in_chain[n - 1];
    memmove(in_chain + 1, in_chain, n - 1);
    in_chain[0] = out_chain[n - 1];
    memmove(out_chain + 1, out_chain, n - 1);
    out_chain[0] = byte;
  }
  if ((flags & ABI_SHIFT_LATCH) == 0) return;
  memcpy(kept.outputs, out_chain, n);
  say("latch ");
  say_hex(kept.outputs, n);
}

/* The first attempt to connect comes at once, later ones after a while. */
static int32_t next_random(void) {
  static uint32_t state;
  uint32_t last = state;
  state = state * 1103515245u + 12345u;
  return (int32_t)(last >> 1);
}

/* A module that asks for ever does not come back: the watchdog bites. */
int32_t hal_figure(int32_t what) {
  if (++busy > BUSY_MAX) {
    say("watchdog\n");
    save();
    exit(42);
  }
  if (what == CS_FIGURE_RESET_CAUSE) return reset_cause;
  if (what == CS_FIGURE_RANDOM) return next_random();
  if (what == CS_FIGURE_RSSI) return 0;
  return what >= 0 && what < FIGURES ? figures[what] : -1;
}

static uint8_t *place(uint32_t space, uint32_t offset, uint32_t length) {
  uint32_t size = space == HAL_RTC ? CS_RTC_SIZE : (uint32_t)FLASH_SIZE;
  uint32_t at = space == HAL_RTC ? offset : offset - FLASH_FROM;
  if (at > size || length > size - at) return NULL;
  return (space == HAL_RTC ? kept.rtc : kept.flash) + at;
}

int32_t hal_read(uint32_t space, uint32_t offset, void *to, uint32_t length) {
  const uint8_t *from = place(space, offset, length);
  if (from == NULL) return -1;
  /* Loading a module takes its time, which is seen in the gap of a swap. */
  if (length > 256) kept.now_ms += load_ms;
  memcpy(to, from, length);
  return 0;
}

int32_t hal_write(uint32_t space, uint32_t offset, const void *from, uint32_t length) {
  uint8_t *to = place(space, offset, length);
  const uint8_t *bytes = from;
  if (to == NULL || offset % 4 != 0 || length % 4 != 0) return -1;
  for (uint32_t at = 0; at < length; at++) {
    to[at] = space == HAL_RTC ? bytes[at] : (uint8_t)(to[at] & bytes[at]);
  }
  return 0;
}

int32_t hal_erase(uint32_t offset) {
  uint8_t *sector = place(HAL_FLASH, offset, CS_FLASH_SECTOR);
  if (sector == NULL || offset % CS_FLASH_SECTOR != 0) return -1;
  memset(sector, 0xff, CS_FLASH_SECTOR);
  return 0;
}

void *hal_code_memory(uint32_t *size) {
  *size = 0;
  return NULL;
}

void hal_log(int32_t level, const char *text, uint32_t length) {
  printf("%u log %d %.*s\n", kept.now_ms, level, (int)length, text);
}

/* --- the stream and the broker at its other end --- */

int32_t hal_net_open(const char *host, uint16_t port) {
  (void)host;
  (void)port;
  net.open = net.reachable;
  net.from_length = net.to_length = net.held_length = 0;
  return 0;
}

void hal_net_close(void) {
  net.open = 0;
}

int32_t hal_net_read(uint8_t *to, uint32_t size) {
  if (!net.open) return -1;
  uint32_t length = net.to_length < size ? net.to_length : size;
  memcpy(to, net.to, length);
  net.to_length -= length;
  if (length > 0) kept.now_ms += net_ms;
  memmove(net.to, net.to + length, net.to_length);
  return (int32_t)length;
}

static void send(const uint8_t *bytes, uint32_t length) {
  memcpy(net.to + net.to_length, bytes, length);
  net.to_length += length;
}

static void acknowledge(uint8_t type, const uint8_t *id) {
  const uint8_t packet[] = {type, (uint8_t)(type == 0x90 ? 3 : 2), id[0], id[1], 1};
  uint32_t length = type == 0x90 ? 5 : 4;
  if (!net.holds_acks) {
    send(packet, length);
    return;
  }
  memcpy(net.held + net.held_length, packet, length);
  net.held_length += length;
}

static void got_publish(const uint8_t *packet, const uint8_t *body, uint32_t length) {
  uint32_t topic = (uint32_t)body[0] << 8 | body[1];
  uint32_t head = 2 + topic + 2;
  printf("%u publish %.*s %.*s%s\n", kept.now_ms, (int)topic, (const char *)body + 2,
         (int)(length - head), (const char *)body + head, (packet[0] & 1) != 0 ? " retained" : "");
  acknowledge(0x40, body + 2 + topic);
}

static void got_packet(const uint8_t *packet, const uint8_t *body, uint32_t length) {
  static const uint8_t connected[] = {0x20, 2, 0, 0};
  static const uint8_t pong[] = {0xd0, 0};
  switch (packet[0] >> 4) {
    case 1:
      say("connect\n");
      send(connected, sizeof connected);
      break;
    case 3:
      got_publish(packet, body, length);
      break;
    case 8:
      printf("%u subscribe %.*s\n", kept.now_ms, (int)length - 5, (const char *)body + 4);
      acknowledge(0x90, body);
      break;
    case 12:
      send(pong, sizeof pong);
      break;
    default:
      break;
  }
}

static void take_packets(void) {
  for (;;) {
    uint32_t length = 0;
    uint32_t at = 1;
    uint32_t bits = 0;
    if (net.from_length < 2) return;
    do {
      length |= (uint32_t)(net.from[at] & 127) << bits;
      bits += 7;
    } while ((net.from[at++] & 128) != 0);
    if (net.from_length < at + length) return;
    got_packet(net.from, net.from + at, length);
    net.from_length -= at + length;
    memmove(net.from, net.from + at + length, net.from_length);
  }
}

int32_t hal_net_write(const uint8_t *from, uint32_t length) {
  if (!net.open) return -1;
  memcpy(net.from + net.from_length, from, length);
  net.from_length += length;
  take_packets();
  return (int32_t)length;
}

/* --- commands --- */

static uint32_t put_hex(uint8_t *to, const char *hex) {
  uint32_t length = (uint32_t)strlen(hex) / 2;
  for (uint32_t at = 0; at < length; at++) {
    unsigned byte = 0;
    sscanf(hex + 2 * at, "%2x", &byte);
    to[at] = (uint8_t)byte;
  }
  return length;
}

static void deliver(const char *topic, const char *hex, uint32_t flags) {
  static uint8_t packet[STREAM_SIZE];
  uint32_t name = (uint32_t)strlen(topic);
  uint32_t payload = (uint32_t)strlen(hex) / 2;
  uint32_t length = 2 + name + 2 + payload;
  uint32_t at = 3;
  packet[0] = (uint8_t)(0x32 | flags);
  packet[1] = (uint8_t)((length & 127) | 128);
  packet[2] = (uint8_t)(length >> 7);
  packet[at++] = (uint8_t)(name >> 8);
  packet[at++] = (uint8_t)name;
  memcpy(packet + at, topic, name);
  at += name;
  packet[at++] = (uint8_t)(net.next_id >> 8);
  packet[at++] = (uint8_t)net.next_id++;
  put_hex(packet + at, hex);
  send(packet, at + payload);
}

static void run(uint32_t ms) {
  end_ms = kept.now_ms + ms;
  busy = 0;
  while ((int32_t)(kept.now_ms - end_ms) < 0) runtime_step();
  runtime_step();
}

static uint32_t number(const char *text) {
  return text == NULL ? 0 : (uint32_t)strtoul(text, NULL, 0);
}

static void command(char *word[5]) {
  const char *verb = word[0] == NULL ? "" : word[0];
  if (strcmp(verb, "start") == 0) {
    reset_cause = (int32_t)number(word[1]);
    end_ms = kept.now_ms;
    runtime_start("test");
  } else if (strcmp(verb, "run") == 0) {
    run(number(word[1]));
  } else if (strcmp(verb, "now") == 0) {
    kept.now_ms = number(word[1]);
  } else if (strcmp(verb, "inputs") == 0) {
    put_hex(inputs, word[1]);
  } else if (strcmp(verb, "deliver") == 0) {
    deliver(word[1], word[2] == NULL ? "" : word[2], number(word[3]));
  } else if (strcmp(verb, "net") == 0) {
    net.reachable = (uint8_t)number(word[1]);
    net.open = 0;
  } else if (strcmp(verb, "hold") == 0) {
    net.holds_acks = (uint8_t)number(word[1]);
    if (!net.holds_acks) send(net.held, net.held_length);
    if (!net.holds_acks) net.held_length = 0;
  } else if (strcmp(verb, "figure") == 0) {
    figures[number(word[1]) % FIGURES] = (int32_t)number(word[2]);
  } else if (strcmp(verb, "load-ms") == 0) {
    load_ms = number(word[1]);
  } else if (strcmp(verb, "net-ms") == 0) {
    net_ms = number(word[1]);
  } else if (strcmp(verb, "outputs") == 0) {
    say("outputs ");
    say_hex(kept.outputs, kept.slots);
  } else {
    printf("what is %s?\n", verb);
  }
}

int main(int count, char **arguments) {
  static char line[16384];
  if (count < 2) return 2;
  kept_path = arguments[1];
  FILE *file = fopen(kept_path, "rb");
  if (file == NULL || fread(&kept, sizeof kept, 1, file) != 1) return 2;
  fclose(file);
  memset(inputs, 0xf3, sizeof inputs);
  memset(figures, 0xff, sizeof figures);
  while (fgets(line, sizeof line, stdin) != NULL) {
    char *word[5] = {0};
    uint32_t words = 0;
    for (char *at = strtok(line, " \n"); at != NULL && words < 5; at = strtok(NULL, " \n")) {
      word[words++] = at;
    }
    command(word);
  }
  save();
  return 0;
}

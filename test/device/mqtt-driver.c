/* The MQTT client with its stream, its clock and its random numbers in the hands of a test: one
 * command per line on stdin, answered by lines that end with a line "." (mqtt-jig.ts). */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.gen.h"
#include "hal.h"
#include "mqtt.h"

#define LINE_MAX_BYTES (1 << 21)
#define STREAM_MAX_BYTES (1 << 20)
#define BUFFER_MAX_BYTES 2048

static char line[LINE_MAX_BYTES];
static uint8_t bytes[STREAM_MAX_BYTES];
static uint8_t bytes_b[STREAM_MAX_BYTES];

/* What the broker sent and the client did not read yet. */
static uint8_t incoming[STREAM_MAX_BYTES];
static uint32_t incoming_first, incoming_end;
static int ended;
static int no_network;
static uint32_t write_room = UINT32_MAX;
static uint32_t read_piece = UINT32_MAX;
static uint32_t random_value;

static char texts[6][512];
static struct mqtt_login login;
static uint8_t *buffer;
static uint32_t buffer_size;
/* What is published for each message: copies of its payload, filled up to so many bytes. */
static uint32_t answers, answer_bytes, answer_topic_length;
static uint8_t answer_topic[256];
static int drop_in_message;

static void print_hex(const char *word, const uint8_t *from, uint32_t length) {
  printf("%s ", word);
  for (uint32_t i = 0; i < length; i++) printf("%02x", from[i]);
  printf("\n");
}

static uint32_t read_hex(const char *text, uint8_t *to) {
  uint32_t length = 0;
  if (strcmp(text, "-") == 0) return 0;
  for (; text[0] != 0 && text[1] != 0; text += 2) {
    char digits[3] = {text[0], text[1], 0};
    to[length++] = (uint8_t)strtoul(digits, NULL, 16);
  }
  return length;
}

/* --- the board --- */

int32_t hal_figure(int32_t what) {
  return what == CS_FIGURE_RANDOM ? (int32_t)(random_value & 0x7fffffffu) : -1;
}

void hal_log(int32_t level, const char *text, uint32_t length) {
  printf("log %d %.*s\n", (int)level, (int)length, text);
}

int32_t hal_net_open(const char *host, uint16_t port) {
  if (no_network) return -1;
  printf("open %s %u\n", host, (unsigned)port);
  incoming_first = incoming_end = 0;
  ended = 0;
  return 0;
}

int32_t hal_net_read(uint8_t *to, uint32_t size) {
  uint32_t length = incoming_end - incoming_first;
  if (length == 0) return ended ? -1 : 0;
  if (length > size) length = size;
  if (length > read_piece) length = read_piece;
  memcpy(to, incoming + incoming_first, length);
  incoming_first += length;
  if (incoming_first == incoming_end) incoming_first = incoming_end = 0;
  return (int32_t)length;
}

int32_t hal_net_write(const uint8_t *from, uint32_t length) {
  if (ended) return -1;
  if (length > write_room) length = write_room;
  if (length == 0) return 0;
  if (write_room != UINT32_MAX) write_room -= length;
  print_hex("sent", from, length);
  return (int32_t)length;
}

void hal_net_close(void) {
  printf("close\n");
  incoming_first = incoming_end = 0;
}

/* --- the runtime --- */

static void on_up(void) { printf("up\n"); }
static void on_down(void) { printf("down\n"); }

static uint8_t *on_buffer(uint32_t *size) {
  *size = buffer_size;
  return buffer;
}

static void answer_message(const uint8_t *payload, uint32_t length) {
  uint32_t size = length < answer_bytes ? answer_bytes : length;
  uint8_t *copy = calloc(1, size + 1);
  memset(copy, 'a', size);
  memcpy(copy, payload, length);
  for (uint32_t i = 0; i < answers; i++) {
    int32_t id = mqtt_publish(answer_topic, answer_topic_length, copy, size, 0);
    printf("id %d\n", (int)id);
  }
  free(copy);
}

static void on_message(uint32_t topic_length, uint32_t payload_length, uint32_t flags) {
  uint32_t whole = topic_length + payload_length;
  uint32_t there = whole < buffer_size ? whole : buffer_size;
  printf("message %u %u %u ", (unsigned)topic_length, (unsigned)payload_length, (unsigned)flags);
  print_hex("", buffer, there);
  answer_message(buffer + topic_length, there - topic_length);
  if (drop_in_message) mqtt_drop(hal_now_ms());
}

static const struct mqtt_events events = {on_up, on_down, on_message, on_buffer};

static uint32_t now_ms;
uint32_t hal_now_ms(void) { return now_ms; }

/* --- commands --- */

static char *word(char **rest) {
  char *from = *rest;
  char *space = strchr(from, ' ');
  if (space == NULL) {
    *rest = from + strlen(from);
  } else {
    *space = 0;
    *rest = space + 1;
  }
  return from;
}

static uint32_t number(char **rest) { return (uint32_t)strtoul(word(rest), NULL, 10); }

/* login HOST PORT ID USER PASSWORD WILL-TOPIC WILL-PAYLOAD BUFFER-SIZE NOW */
static void do_login(char *rest) {
  for (int i = 0; i < 6; i++) {
    snprintf(texts[i], sizeof texts[i], "%s", word(&rest));
    if (i == 0) login.port = (uint16_t)number(&rest);
  }
  login.host = texts[0];
  login.client_id = texts[1];
  login.user = texts[2];
  login.password = texts[3];
  login.will_topic = texts[4];
  login.will_payload = texts[5];
  buffer_size = number(&rest);
  if (buffer_size > BUFFER_MAX_BYTES) exit(2);
  /* Of just this size, so that AddressSanitizer sees a byte too many. */
  free(buffer);
  buffer = malloc(buffer_size);
  now_ms = number(&rest);
  mqtt_start(&login, &events, now_ms);
}

static void do_publish(char *rest, int subscribe) {
  uint32_t topic = read_hex(word(&rest), bytes);
  uint32_t payload = read_hex(word(&rest), bytes_b);
  int32_t id = subscribe ? mqtt_subscribe(bytes, topic)
                         : mqtt_publish(bytes, topic, bytes_b, payload, (int32_t)number(&rest));
  printf("id %d\n", (int)id);
}

static void do_feed(char *rest) {
  memmove(incoming, incoming + incoming_first, incoming_end - incoming_first);
  incoming_end -= incoming_first;
  incoming_first = 0;
  if (incoming_end + strlen(rest) / 2 > STREAM_MAX_BYTES) exit(3);
  incoming_end += read_hex(rest, incoming + incoming_end);
}

static void do_step(char *rest) {
  now_ms = number(&rest);
  printf("next %u\n", (unsigned)mqtt_step(now_ms));
}

static void set(char *rest) {
  const char *what = word(&rest);
  uint32_t value = number(&rest);
  if (strcmp(what, "room") == 0) write_room = value;
  else if (strcmp(what, "piece") == 0) read_piece = value;
  else if (strcmp(what, "random") == 0) random_value = value;
  else if (strcmp(what, "ended") == 0) ended = (int)value;
  else if (strcmp(what, "offline") == 0) no_network = (int)value;
  else if (strcmp(what, "drop-in-message") == 0) drop_in_message = (int)value;
  else exit(4);
}

/* answer COUNT BYTES TOPIC */
static void do_answer(char *rest) {
  answers = number(&rest);
  answer_bytes = number(&rest);
  answer_topic_length = read_hex(word(&rest), answer_topic);
}

static void obey(char *rest) {
  const char *command = word(&rest);
  if (strcmp(command, "step") == 0) do_step(rest);
  else if (strcmp(command, "feed") == 0) do_feed(rest);
  else if (strcmp(command, "publish") == 0) do_publish(rest, 0);
  else if (strcmp(command, "subscribe") == 0) do_publish(rest, 1);
  else if (strcmp(command, "login") == 0) do_login(rest);
  else if (strcmp(command, "set") == 0) set(rest);
  else if (strcmp(command, "answer") == 0) do_answer(rest);
  else if (strcmp(command, "mark") == 0) mqtt_mark((int32_t)number(&rest));
  else if (strcmp(command, "drop") == 0) mqtt_drop(number(&rest));
  else if (strcmp(command, "ask") == 0)
    printf("is %d %u %u %u %d\n", (int)mqtt_is_up(), (unsigned)mqtt_room(),
           (unsigned)mqtt_marked(), (unsigned)(incoming_end - incoming_first),
           (int)mqtt_receiving());
  else exit(5);
}

int main(void) {
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = 0;
    obey(line);
    printf(".\n");
    fflush(stdout);
  }
  free(buffer);
  return 0;
}

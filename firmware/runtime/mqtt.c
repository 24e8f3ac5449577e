#include "mqtt.h"

#include <string.h>

#include "abi.gen.h"
#include "backoff.h"
#include "device.gen.h"
#include "flash_data.h"
#include "hal.h"
#include "packet.h"
#include "sender.h"

/* Silence of either side for so long asks the broker for a sign of life; it drops a client that
 * says nothing for half as long again as the keep-alive (3.1.2.10). */
#define PING_AFTER_MS (CS_KEEP_ALIVE_S * 1000 * 2 / 3)
/* No byte in so long after a PINGREQ: nobody is there. */
#define ANSWER_MS 10000
/* The network took nothing of what waits for so long: nobody is there, or it does not read. */
#define STUCK_MS (CS_KEEP_ALIVE_S * 1000)
/* While the network has not taken everything. */
#define POLL_MS 10
#define IDLE_MS 1000
/* One step reads so many bytes at most, so that samples and ticks go on in a flood. */
#define INPUT_BYTES 64
#define READS_MAX 8

enum { IDLE, CONNECTING, UP };

/* Why a session or an attempt ended, for the log. */
enum { ENDED, BAD_PACKET, OUT_OF_TURN, REFUSED, NO_PONG, STUCK, NO_CONNACK, LOGIN, DROPPED };
#define REASON_BYTES 36
static const char reasons[][REASON_BYTES] CS_IN_FLASH(mqtt_reasons) = {
    "mqtt: the stream ended",           "mqtt: a packet that must not be",
    "mqtt: a packet out of turn",       "mqtt: a subscription was refused",
    "mqtt: no answer to a ping",        "mqtt: the network takes nothing",
    "mqtt: no answer",                  "mqtt: login refused: ",
    "mqtt: dropped",
};

static struct {
  const struct mqtt_login *login;
  const struct mqtt_events *events;
  struct sender sender;
  struct packet_reader reader;
  uint32_t now_ms;
  uint32_t since_ms; /* of the state */
  uint32_t wait_ms;  /* IDLE: until the next attempt */
  uint32_t heard_ms; /* bytes were read last */
  uint32_t ping_ms;  /* PINGREQ was sent last */
  uint8_t input[INPUT_BYTES];
  uint8_t input_at;
  uint8_t input_length;
  uint8_t state;
  uint8_t attempt;
  uint8_t held;    /* a whole PUBLISH lies in the buffer and was not delivered yet */
  uint8_t pinging; /* PINGRESP is to come */
  uint8_t tell_down;
} client;

static uint32_t passed(uint32_t since_ms, uint32_t ms) { return client.now_ms - since_ms >= ms; }

static uint32_t random_bits(void) {
  return (uint32_t)hal_figure(CS_FIGURE_RANDOM) & 0x7fffffffu;
}

/* --- a session or an attempt begins and ends --- */

static void enter(uint8_t state) {
  client.state = state;
  client.since_ms = client.now_ms;
}

/* A session that lasted. Noted while it lasts: the time since it began wraps. */
static void note_good(void) {
  if (client.state == UP && passed(client.since_ms, CS_GOOD_SESSION_MS)) client.attempt = 0;
}

static void end(uint32_t reason) {
  char text[REASON_BYTES];
  if (client.state == IDLE) return;
  note_good();
  hal_net_close();
  memcpy(text, reasons[reason], sizeof text);
  uint32_t length = (uint32_t)strlen(text);
  /* 3.2.2.3: 1 to 5. */
  if (reason == LOGIN) text[length++] = (char)('0' + client.reader.code % 10);
  hal_log(1, text, length);
  if (client.state == UP) client.tell_down = 1;
  enter(IDLE);
  client.wait_ms = backoff_next(&client.attempt, random_bits());
  sender_reset(&client.sender);
  client.held = 0;
}

static void begin(void) {
  memset(&client.reader, 0, sizeof client.reader);
  sender_reset(&client.sender);
  client.input_at = client.input_length = 0;
  client.pinging = 0;
  client.heard_ms = client.now_ms;
  if (hal_net_open(client.login->host, client.login->port) < 0) {
    /* No Wi-Fi: nobody was bothered, so it is no attempt. */
    uint8_t first = 0;
    enter(IDLE);
    client.wait_ms = backoff_next(&first, random_bits());
    return;
  }
  enter(CONNECTING);
  sender_connect(&client.sender, client.login);
}

static void flush(void) {
  if (client.state == IDLE) return;
  if (sender_flush(&client.sender, client.now_ms) < 0) end(ENDED);
}

/* --- what comes in --- */

/* Non-zero when the held message was delivered. It waits for room in the output buffer, which the
 * network alone makes, never for an acknowledgement: that may lie behind it in the stream. */
static uint32_t deliver(void) {
  const struct packet_reader *reader = &client.reader;
  if (sender_output_room(&client.sender) < CS_DELIVERY_ROOM_BYTES) flush();
  if (client.state != UP) return 0;
  if (sender_output_room(&client.sender) < CS_DELIVERY_ROOM_BYTES) return 0;
  uint32_t flags = ((reader->first & PACKET_RETAIN) != 0 ? ABI_MESSAGE_RETAIN : 0) |
                   ((reader->first & PACKET_DUP) != 0 ? ABI_MESSAGE_DUP : 0) |
                   (reader->cut ? ABI_MESSAGE_TRUNCATED : 0);
  client.held = 0;
  client.sender.uncounted = 1;
  client.events->message(reader->topic_length, reader->payload_length, flags);
  client.sender.uncounted = 0;
  client.reader.stored = 0;
  if (client.state == UP && reader->id != 0) sender_puback(&client.sender, reader->id);
  return 1;
}

/* Non-zero when the runtime was told. */
static uint32_t connack(uint32_t code) {
  if (code != 0) {
    end(LOGIN);
    return 0;
  }
  enter(UP);
  client.events->up();
  return 1;
}

/* A whole packet came. Non-zero when the runtime was told, so that it gets its turn now. */
static uint32_t take(void) {
  const struct packet_reader *reader = &client.reader;
  /* 3.2: CONNACK comes first, and once. */
  if ((reader->first == PACKET_CONNACK) != (client.state == CONNECTING)) {
    end(OUT_OF_TURN);
    return 0;
  }
  switch (reader->first) {
    case PACKET_CONNACK:
      return connack(reader->code);
    case PACKET_PINGRESP:
      client.pinging = 0;
      return 0;
    case PACKET_SUBACK:
    case PACKET_PUBACK:
      if (reader->code > 1) end(REFUSED);
      else outbox_release(&client.sender.outbox, reader->id);
      return 0;
    default:
      client.held = 1;
      return deliver();
  }
}

/* Non-zero when there are bytes to look at. */
static uint32_t fill(void) {
  if (client.input_at < client.input_length) return 1;
  int32_t length = hal_net_read(client.input, INPUT_BYTES);
  if (length < 0) end(ENDED);
  if (length <= 0) return 0;
  client.input_at = 0;
  client.input_length = (uint8_t)(length < INPUT_BYTES ? length : INPUT_BYTES);
  client.heard_ms = client.now_ms;
  return 1;
}

static uint32_t parse(void) {
  uint32_t status;
  uint32_t size = 0;
  uint8_t *buffer = client.events->buffer(&size);
  const uint8_t *input = client.input + client.input_at;
  uint32_t length = (uint32_t)client.input_length - client.input_at;
  uint32_t used = packet_read(&client.reader, input, length, buffer, size, &status);
  client.input_at = (uint8_t)(client.input_at + used);
  if (status == PACKET_BAD) end(BAD_PACKET);
  return status == PACKET_WHOLE ? take() : 0;
}

/* Non-zero when more may be at hand. */
static uint32_t receive(void) {
  /* Not listened to, so nothing can have been heard. */
  if (client.held) client.heard_ms = client.now_ms;
  if (client.held) return deliver();
  for (uint32_t reads = 0; reads < READS_MAX; reads++) {
    if (!fill()) return 0;
    while (client.state != IDLE && client.input_at < client.input_length) {
      if (parse()) return 1;
      if (client.held) return 0;
    }
    if (client.state == IDLE) return 0;
  }
  return 1;
}

static void keep_alive(void) {
  const struct sender *sender = &client.sender;
  if (sender->output.used > 0) {
    if (passed(sender->moved_ms, STUCK_MS)) end(STUCK);
    return;
  }
  if (client.pinging && passed(client.ping_ms, ANSWER_MS) && passed(client.heard_ms, ANSWER_MS)) {
    end(NO_PONG);
    return;
  }
  uint32_t deaf = !client.pinging && passed(client.heard_ms, PING_AFTER_MS);
  if (!deaf && !passed(sender->moved_ms, PING_AFTER_MS)) return;
  sender_ping(&client.sender);
  client.pinging = 1;
  client.ping_ms = client.now_ms;
}

static void watch(void) {
  note_good();
  if (client.state == UP) keep_alive();
  if (client.state == CONNECTING && passed(client.since_ms, CS_CONNECT_TIMEOUT_MS)) {
    end(NO_CONNACK);
  }
}

static uint32_t next_ms(uint32_t more) {
  if (client.state == IDLE) {
    uint32_t waited_ms = client.now_ms - client.since_ms;
    return waited_ms < client.wait_ms ? client.wait_ms - waited_ms : 0;
  }
  if (more) return 0;
  return client.sender.output.used > 0 || client.held ? POLL_MS : IDLE_MS;
}

void mqtt_start(const struct mqtt_login *login, const struct mqtt_events *events,
                uint32_t now_ms) {
  memset(&client, 0, sizeof client);
  client.login = login;
  client.events = events;
  client.now_ms = now_ms;
  enter(IDLE);
  client.wait_ms = backoff_next(&client.attempt, random_bits());
}

uint32_t mqtt_step(uint32_t now_ms) {
  uint32_t more = 0;
  client.now_ms = now_ms;
  if (client.state == IDLE && !client.tell_down && passed(client.since_ms, client.wait_ms)) begin();
  flush();
  if (client.state != IDLE) more = receive();
  watch();
  flush();
  if (client.tell_down) {
    client.tell_down = 0;
    client.events->down();
  }
  return next_ms(more);
}

int32_t mqtt_is_up(void) { return client.state == UP; }

int32_t mqtt_receiving(void) { return client.state != IDLE && client.reader.stored > 0; }

int32_t mqtt_publish(const uint8_t *topic, uint32_t topic_length, const uint8_t *payload,
                     uint32_t payload_length, int32_t retain) {
  if (client.state != UP) return ABI_E_NOT_LINKED;
  return sender_publish(&client.sender, topic, topic_length, payload, payload_length, retain);
}

int32_t mqtt_subscribe(const uint8_t *topic, uint32_t length) {
  if (client.state != UP) return ABI_E_NOT_LINKED;
  return sender_subscribe(&client.sender, topic, length);
}

uint32_t mqtt_room(void) { return client.state == UP ? sender_room(&client.sender) : 0; }

void mqtt_mark(int32_t on) {
  client.sender.marking = on != 0;
  if (on) outbox_unmark(&client.sender.outbox);
}

uint32_t mqtt_marked(void) { return outbox_marked(&client.sender.outbox); }

void mqtt_drop(uint32_t now_ms) {
  client.now_ms = now_ms;
  end(DROPPED);
}

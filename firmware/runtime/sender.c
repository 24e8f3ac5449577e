#include "sender.h"

#include <string.h>

#include "abi.gen.h"
#include "device.gen.h"
#include "hal.h"
#include "packet.h"

/* Kept free for a PUBACK and a PINGREQ. */
#define CONTROL_BYTES 8
/* What the simulator's outbox counts beside topic and payload; never less than what is sent. */
#define PACKET_OVERHEAD_BYTES 7

static void put(struct sender *sender, const void *bytes, uint32_t length) {
  if (sender->output.used == 0) sender->moved_ms = sender->now_ms;
  sendbuf_put(&sender->output, bytes, length);
}

static void put_word(struct sender *sender, uint32_t word) {
  uint8_t bytes[2] = {(uint8_t)(word >> 8), (uint8_t)word};
  put(sender, bytes, 2);
}

static void put_head(struct sender *sender, uint32_t first, uint32_t length, uint32_t word) {
  uint8_t head[PACKET_HEAD_MAX];
  put(sender, head, packet_head(head, first, length, word));
}

static void put_text(struct sender *sender, const char *text) {
  uint32_t length = (uint32_t)strlen(text);
  put_word(sender, length);
  put(sender, text, length);
}

void sender_reset(struct sender *sender) {
  sendbuf_clear(&sender->output);
  outbox_clear(&sender->outbox);
  sender->marking = sender->uncounted = 0;
}

int32_t sender_flush(struct sender *sender, uint32_t now_ms) {
  const uint8_t *bytes;
  uint32_t length;
  sender->now_ms = now_ms;
  while ((length = sendbuf_front(&sender->output, &bytes)) > 0) {
    int32_t taken = hal_net_write(bytes, length);
    if (taken <= 0) return taken;
    sendbuf_drop(&sender->output, (uint32_t)taken < length ? (uint32_t)taken : length);
    sender->moved_ms = now_ms;
  }
  return 0;
}

uint32_t sender_output_room(const struct sender *sender) {
  uint32_t room = sendbuf_free(&sender->output);
  return room > CONTROL_BYTES ? room - CONTROL_BYTES : 0;
}

uint32_t sender_room(const struct sender *sender) {
  uint32_t room = sender_output_room(sender);
  uint32_t counted = outbox_free(&sender->outbox);
  return sender->uncounted || room < counted ? room : counted;
}

/* 3.1: protocol name and level 4; user, password, will retained with QoS 1, clean session. */
void sender_connect(struct sender *sender, const struct mqtt_login *login) {
  static const uint8_t fixed[8] = {'M', 'Q', 'T', 'T', 4, 0xee, 0, CS_KEEP_ALIVE_S};
  const char *texts[] = {login->client_id, login->will_topic, login->will_payload, login->user,
                         login->password};
  uint32_t length = 2 + 8;
  for (uint32_t i = 0; i < 5; i++) length += 2 + (uint32_t)strlen(texts[i]);
  put_head(sender, PACKET_CONNECT, length, 4);
  put(sender, fixed, 8);
  for (uint32_t i = 0; i < 5; i++) put_text(sender, texts[i]);
}

/* Answers as mqtt_publish, with the packet's id also in `id`. */
static int32_t take_room(struct sender *sender, uint32_t bytes, uint16_t *id) {
  if (bytes > CS_OUTBOX_BYTES || bytes > SENDBUF_BYTES - CONTROL_BYTES) return ABI_E_TOO_LONG;
  /* Should the stream have ended, the next step will find out. */
  if (bytes > sender_output_room(sender)) sender_flush(sender, sender->now_ms);
  if (bytes > sender_room(sender)) return ABI_E_NO_ROOM;
  *id = outbox_id(&sender->outbox);
  return outbox_take(&sender->outbox, *id, bytes, sender->marking) ? *id : 0;
}

static uint32_t too_long(uint32_t length) { return length > CS_OUTBOX_BYTES; }

int32_t sender_publish(struct sender *sender, const uint8_t *topic, uint32_t topic_length,
                       const uint8_t *payload, uint32_t payload_length, int32_t retain) {
  uint16_t id;
  /* Looked at apart: the sum could wrap. */
  if (too_long(topic_length) || too_long(payload_length)) return ABI_E_TOO_LONG;
  int32_t answer = take_room(sender, topic_length + payload_length + PACKET_OVERHEAD_BYTES, &id);
  if (answer < 0) return answer;
  uint32_t first = PACKET_PUBLISH | PACKET_QOS_1 | (retain ? PACKET_RETAIN : 0);
  put_head(sender, first, 2 + topic_length + 2 + payload_length, topic_length);
  put(sender, topic, topic_length);
  put_word(sender, id);
  put(sender, payload, payload_length);
  return answer;
}

int32_t sender_subscribe(struct sender *sender, const uint8_t *topic, uint32_t length) {
  static const uint8_t qos = 1;
  uint16_t id;
  if (too_long(length)) return ABI_E_TOO_LONG;
  int32_t answer = take_room(sender, length + 1 + PACKET_OVERHEAD_BYTES, &id);
  if (answer < 0) return answer;
  put_head(sender, PACKET_SUBSCRIBE, 2 + 2 + length + 1, id);
  put_word(sender, length);
  put(sender, topic, length);
  put(sender, &qos, 1);
  return answer;
}

void sender_puback(struct sender *sender, uint32_t id) {
  put_head(sender, PACKET_PUBACK, 2, id);
}

void sender_ping(struct sender *sender) {
  static const uint8_t ping[2] = {PACKET_PINGREQ, 0};
  put(sender, ping, 2);
}

/* MQTT 3.1.1 client over the board's byte stream: QoS 1, last will, clean session, keep-alive,
 * full-jitter back-off that also covers kicks, bounded buffers. One client; no heap. Why it cannot
 * dead-lock and how large it is: docs/RUNTIME.md. */
#ifndef CADDYSHACK_MQTT_H
#define CADDYSHACK_MQTT_H

#include <stdint.h>

/* All strings end with 0 and must outlive the client. */
struct mqtt_login {
  const char *host;
  uint16_t port;
  /* At most 80 bytes, the limit of an account. */
  const char *client_id;
  const char *user;
  const char *password;
  /* Retained, QoS 1. */
  const char *will_topic;
  const char *will_payload;
};

/* Called from mqtt_step alone. They may call everything below but mqtt_start and mqtt_step. */
struct mqtt_events {
  void (*up)(void);
  void (*down)(void);
  /* A whole message lies in the buffer: topic, then payload, cut where the buffer ends (then
   * MESSAGE_TRUNCATED; the payload's length stays true, the topic's is what is there). `flags` as
   * `message` of ABI 1. There is room for CS_DELIVERY_ROOM_BYTES now. It is acknowledged to the
   * broker after the return. */
  void (*message)(uint32_t topic_length, uint32_t payload_length, uint32_t flags);
  /* Where the message that comes in lies. Asked whenever bytes are stored, so it may move together
   * with what is in it; but between two calls of mqtt_step half a message may be in there, and
   * nobody else may write to it before `message` returned, or `down`. */
  uint8_t *(*buffer)(uint32_t *size);
};

/* Forgets everything; the first attempt comes after a random wait. */
void mqtt_start(const struct mqtt_login *login, const struct mqtt_events *events, uint32_t now_ms);
/* Lets it work: connects, reads, writes, answers, keeps alive. Delivers at most one message.
 * Answers the ms until it must be called again though no byte comes; 0 when there is more to do. */
uint32_t mqtt_step(uint32_t now_ms);
int32_t mqtt_is_up(void);
/* Non-zero while part of a message lies in the buffer. Else it is anybody's until the next step. */
int32_t mqtt_receiving(void);

/* QoS 1. Packet id (> 0), or E_NOT_LINKED, E_NO_ROOM, E_TOO_LONG of ABI 1. 0: sent as well, but
 * its acknowledgement is not waited for (only while `message` runs and the outbox is full). */
int32_t mqtt_publish(const uint8_t *topic, uint32_t topic_length, const uint8_t *payload,
                     uint32_t payload_length, int32_t retain);
/* Likewise. A refusal by the broker ends the session. */
int32_t mqtt_subscribe(const uint8_t *topic, uint32_t length);
/* Bytes of packets that may be sent now. */
uint32_t mqtt_room(void);

/* Packets sent while this is on are marked; switching it on forgets the marks there are. */
void mqtt_mark(int32_t on);
/* How many marked packets wait for their PUBACK or SUBACK. */
uint32_t mqtt_marked(void);

/* Ends the session without DISCONNECT, so that the will speaks; the back-off goes on from there.
 * `down` comes with the next mqtt_step. */
void mqtt_drop(uint32_t now_ms);

#endif

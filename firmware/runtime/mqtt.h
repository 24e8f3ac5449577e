/* MQTT 3.1.1 client over the board's byte stream: QoS 1, last will, clean session, keep-alive,
 * full-jitter back-off that also covers kicks, bounded buffers. One client; no heap. */
#ifndef CADDYSHACK_MQTT_H
#define CADDYSHACK_MQTT_H

#include <stdint.h>

/* All strings end with 0 and must outlive the client. */
struct mqtt_login {
  const char *host;
  uint16_t port;
  const char *client_id;
  const char *user;
  const char *password;
  /* Retained, QoS 1. */
  const char *will_topic;
  const char *will_payload;
};

/* Called from mqtt_step alone. */
struct mqtt_events {
  void (*up)(void);
  void (*down)(void);
  /* PUBACK or SUBACK of the packet with this id. */
  void (*acknowledged)(uint16_t id);
  /* Asked before a message is taken: non-zero when there is room for what it will cause. */
  int32_t (*ready)(void);
  /* A whole message lies in the buffer: topic, then payload, cut where the buffer ends (the payload's
   * length stays true). `flags` as `message` of ABI 1. It is acknowledged to the broker after the return. */
  void (*message)(uint32_t topic_length, uint32_t payload_length, uint32_t flags);
  /* Where the next message goes: at least 640 bytes. Asked anew for each one, and valid until the
   * message was delivered or the client tells `down`. */
  uint8_t *(*buffer)(uint32_t *size);
};

void mqtt_start(const struct mqtt_login *login, const struct mqtt_events *events, uint32_t now_ms);
/* Lets it work: connects, reads, writes, answers, keeps alive. Answers the ms until it must be called
 * again even if no byte comes. */
uint32_t mqtt_step(uint32_t now_ms);
int32_t mqtt_is_up(void);

/* Packet id (> 0), or E_NOT_LINKED, E_NO_ROOM, E_TOO_LONG of ABI 1. QoS 1. */
int32_t mqtt_publish(const uint8_t *topic, uint32_t topic_length, const uint8_t *payload,
                     uint32_t payload_length, int32_t retain);
int32_t mqtt_subscribe(const uint8_t *topic, uint32_t length);
/* Bytes free in the outbox. */
uint32_t mqtt_room(void);
/* Ends the session without DISCONNECT, so that the will speaks; the back-off goes on from there. */
void mqtt_drop(uint32_t now_ms);

#endif

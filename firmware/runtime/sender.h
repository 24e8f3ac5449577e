/* What goes to the broker: packets on their way to the stream, and those not acknowledged yet. */
#ifndef CADDYSHACK_SENDER_H
#define CADDYSHACK_SENDER_H

#include <stdint.h>

#include "mqtt.h"
#include "outbox.h"
#include "sendbuf.h"

struct sender {
  struct sendbuf output;
  struct outbox outbox;
  uint32_t now_ms;
  /* The network last took bytes, or had none to take. */
  uint32_t moved_ms;
  /* What is sent now is marked. */
  uint8_t marking;
  /* What is sent now need not fit the outbox: then its acknowledgement is not waited for. */
  uint8_t uncounted;
};

/* For a new stream: forgets what waits. */
void sender_reset(struct sender *sender);
/* Gives the network what it takes. -1 when the stream has ended. */
int32_t sender_flush(struct sender *sender, uint32_t now_ms);
/* Bytes that may be published now, whatever the outbox says. */
uint32_t sender_output_room(const struct sender *sender);
/* Bytes that may be published now. */
uint32_t sender_room(const struct sender *sender);

void sender_connect(struct sender *sender, const struct mqtt_login *login);
/* These two answer as those of mqtt.h, but never E_NOT_LINKED. */
int32_t sender_publish(struct sender *sender, const uint8_t *topic, uint32_t topic_length,
                       const uint8_t *payload, uint32_t payload_length, int32_t retain);
int32_t sender_subscribe(struct sender *sender, const uint8_t *topic, uint32_t length);
/* One of each always fits behind what was published. */
void sender_puback(struct sender *sender, uint32_t id);
void sender_ping(struct sender *sender);

#endif

/* The other end of the stream: bytes as they are, or with `broker on` as much of an MQTT 3.1.1
 * broker as lets a backplane come online. */
#include <stdio.h>
#include <string.h>

#include "world.h"

namespace {

bool on = false;
uint8_t got[4096];
size_t got_count = 0;

uint8_t answers[1024];
size_t answer_count = 0;

void answer(uint8_t type, const uint8_t *bytes, uint8_t length) {
  if (answer_count + length + 2 > sizeof answers) misuse("too many answers at once");
  answers[answer_count++] = type;
  answers[answer_count++] = length;
  memcpy(answers + answer_count, bytes, length);
  answer_count += length;
}

void deliver() {
  const size_t length = answer_count;
  answer_count = 0;
  if (length > 0) net_deliver(answers, length);
}

void show_publish(const uint8_t *body, size_t length, uint8_t flags) {
  const size_t topic = static_cast<size_t>(body[0] << 8 | body[1]);
  const size_t head = 2 + topic + ((flags & 6) != 0 ? 2 : 0);
  event("publish %.*s %.*s%s", static_cast<int>(topic), body + 2, static_cast<int>(length - head),
        body + head, (flags & 1) != 0 ? " retained" : "");
  if ((flags & 6) != 0) answer(0x40, body + 2 + topic, 2);
}

void take_packet(uint8_t type, const uint8_t *body, size_t length) {
  static const uint8_t accepted[2] = {0, 0};
  if (type >> 4 == 1) {
    event("connect");
    answer(0x20, accepted, 2);
  } else if (type >> 4 == 3) {
    show_publish(body, length, type & 15);
  } else if (type >> 4 == 8) {
    const uint8_t ack[3] = {body[0], body[1], 1};
    event("subscribe %.*s", static_cast<int>(length - 5), body + 4);
    answer(0x90, ack, 3);
  } else if (type >> 4 == 12) {
    answer(0xD0, body, 0);
  }
}

/* Bytes of the first packet that is whole, 0 when there is none. */
size_t whole_packet(size_t *head) {
  size_t length = 0;
  size_t at = 1;
  for (unsigned shift = 0; at < got_count; shift += 7) {
    const uint8_t byte = got[at++];
    length |= static_cast<size_t>(byte & 127) << shift;
    if ((byte & 128) != 0) continue;
    *head = at;
    return at + length <= got_count ? at + length : 0;
  }
  return 0;
}

}  // namespace

bool broker_accepts() {
  got_count = 0;
  answer_count = 0;
  return on;
}

void broker_take(const uint8_t *bytes, size_t length) {
  if (!on) {
    print_hex("tcp", bytes, length);
    return;
  }
  if (got_count + length > sizeof got) misuse("more than the broker's buffer");
  memcpy(got + got_count, bytes, length);
  got_count += length;
  const bool idle = answer_count == 0;
  size_t head = 0;
  for (size_t end = whole_packet(&head); end > 0; end = whole_packet(&head)) {
    take_packet(got[0], got + head, end - head);
    memmove(got, got + end, got_count - end);
    got_count -= end;
  }
  if (idle && answer_count > 0) at_next_yield(deliver);
}

bool broker_command(const char *name, char *argument) {
  if (strcmp(name, "broker") == 0) {
    on = strcmp(argument, "on") == 0;
  } else if (strcmp(name, "send") == 0) {
    /* QoS 1, packet id 7: "<topic> <payload>" */
    char *payload = strchr(argument, ' ');
    const size_t topic = static_cast<size_t>(payload - argument);
    const size_t body = 2 + topic + 2 + strlen(payload + 1);
    uint8_t packet[128] = {0x32, static_cast<uint8_t>(body), 0, static_cast<uint8_t>(topic)};
    if (body > sizeof packet - 2) misuse("too long a message");
    memcpy(packet + 4, argument, topic);
    packet[4 + topic + 1] = 7;
    memcpy(packet + 4 + topic + 2, payload + 1, strlen(payload + 1));
    net_deliver(packet, body + 2);
  } else {
    return false;
  }
  return true;
}

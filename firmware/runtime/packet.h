/* The control packets of MQTT 3.1.1 as bytes, and nothing else: no time, no stream, no state of a
 * session. Section numbers are those of the OASIS standard. */
#ifndef CADDYSHACK_PACKET_H
#define CADDYSHACK_PACKET_H

#include <stdint.h>

/* First bytes of the fixed header (2.2). Of PUBLISH the low four bits are flags. */
enum {
  PACKET_CONNECT = 0x10,
  PACKET_CONNACK = 0x20,
  PACKET_PUBLISH = 0x30,
  PACKET_PUBACK = 0x40,
  PACKET_SUBSCRIBE = 0x82,
  PACKET_SUBACK = 0x90,
  PACKET_PINGREQ = 0xc0,
  PACKET_PINGRESP = 0xd0
};
enum { PACKET_RETAIN = 1, PACKET_QOS_1 = 2, PACKET_QOS_2 = 4, PACKET_DUP = 8 };

/* --- reading what a broker sends --- */

enum { PACKET_MORE = 0, PACKET_WHOLE = 1, PACKET_BAD = 2 };

/* All zero before the first byte. What it says of a packet is right once that is whole. */
struct packet_reader {
  uint32_t left;           /* bytes of the body still to come */
  uint32_t payload_length; /* of PUBLISH, as it was sent */
  uint32_t stored;         /* topic and payload that are in the buffer */
  uint16_t topic_length;   /* of PUBLISH, what is in the buffer */
  uint16_t id;             /* 0 in PUBLISH of QoS 0 */
  uint8_t first;           /* first byte: kind and flags */
  uint8_t code;            /* of CONNACK and SUBACK, else 0 */
  uint8_t cut;             /* it did not fit the buffer */
  uint8_t phase;
  uint8_t count;
};

/* Reads on in `bytes`; answers how many it took, and in `status` whether they are used up
 * (PACKET_MORE), end a packet (PACKET_WHOLE), or are none that a broker may send to this client, or
 * not in this form (PACKET_BAD: give the stream up). Topic and payload of PUBLISH go to `buffer`.
 * QoS 2 is never subscribed, so it is bad as well. UTF-8 is left unchecked: a topic is only ever
 * compared. */
uint32_t packet_read(struct packet_reader *reader, const uint8_t *bytes, uint32_t length,
                     uint8_t *buffer, uint32_t size, uint32_t *status);

/* --- writing what a client sends --- */

/* Fixed header with a body of `length` bytes, then a 16-bit number: the beginning of every packet
 * with a body. Answers its bytes. */
#define PACKET_HEAD_MAX 7
uint32_t packet_head(uint8_t to[PACKET_HEAD_MAX], uint32_t first, uint32_t length, uint32_t word);

#endif

/* Improv Wi-Fi over a serial port, version 1 (improv-wifi.com/serial): constants, parser, writer.
 * Portable and without state of its own.
 *
 * A packet: "IMPROV", version, type, length, data, and the sum of all bytes before it, modulo
 * 256. */
#ifndef CADDYSHACK_IMPROV_H
#define CADDYSHACK_IMPROV_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  IMPROV_VERSION = 1,
  IMPROV_HEAD = 9,
  /* What a writer may make: head, 255 bytes, checksum, and a line feed that readers of lines
   * want. */
  IMPROV_PACKET_MAX = IMPROV_HEAD + 255 + 1 + 1,
  /* The longest command is the Wi-Fi one: command, length, and two strings of at most 32 and 64
   * bytes. */
  IMPROV_DATA_MAX = 2 + 1 + 32 + 1 + 64
};

/* Types. */
enum { IMPROV_STATE = 1, IMPROV_ERROR = 2, IMPROV_COMMAND = 3, IMPROV_RESULT = 4 };

/* Values of a state packet. */
enum { IMPROV_READY = 2, IMPROV_PROVISIONING = 3, IMPROV_PROVISIONED = 4 };

/* Values of an error packet. */
enum {
  IMPROV_NO_ERROR = 0x00,
  IMPROV_INVALID = 0x01,
  IMPROV_UNKNOWN_COMMAND = 0x02,
  IMPROV_UNABLE_TO_CONNECT = 0x03,
  IMPROV_UNKNOWN_ERROR = 0xFF
};

/* Commands. */
enum { IMPROV_WIFI = 1, IMPROV_GET_STATE = 2, IMPROV_GET_INFO = 3, IMPROV_SCAN = 4 };

struct improv_parser {
  uint8_t at; /* bytes of the packet so far, the head included; its data are counted by `taken` */
  uint8_t type;
  uint8_t length;
  uint8_t taken;
  uint8_t sum;
  uint8_t data[IMPROV_DATA_MAX];
};

enum improv_event {
  IMPROV_MORE,   /* nothing yet */
  IMPROV_PACKET, /* `type`, `length` and `data` are a whole packet */
  IMPROV_BROKEN  /* a packet whose checksum is wrong, or that is longer than any command */
};

/* Forgets half a packet. */
void improv_reset(struct improv_parser *parser);
/* Anything between packets is passed over. */
enum improv_event improv_feed(struct improv_parser *parser, uint8_t byte);

/* Strings inside a command's data, each with its length before it. Answers where the next one
 * starts, or 0 when it does not fit into `end` or into `size` with a 0 behind it. */
uint32_t improv_string(const uint8_t *data, uint32_t at, uint32_t end, char *to, uint32_t size);

/* Writers answer the packet's length. `packet` has room for IMPROV_PACKET_MAX bytes. */
uint32_t improv_value(uint8_t *packet, uint8_t type, uint8_t value);
/* `strings` that do not fit are left out, whole. */
uint32_t improv_result(uint8_t *packet, uint8_t command, const char *const *strings,
                       uint32_t count);

#ifdef __cplusplus
}
#endif

#endif

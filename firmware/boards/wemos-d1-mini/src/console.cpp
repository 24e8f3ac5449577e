/* The serial port at 115200 Bd, 8N1: log lines out, Improv in and out. Writing to a full FIFO
 * would hold the loop for 9 ms a line, so lines wait in a ring and are dropped whole, and
 * counted, where it is full. */
#include <Arduino.h>
#include <string.h>

#include "board.h"
#include "runtime-c.h"

namespace {

constexpr uint32_t BAUD = 115200;
/* Holds the largest Improv packet (266 bytes) beside a line. */
constexpr uint32_t RING = 512;
constexpr uint32_t LINE_MAX_BYTES = 160;
/* Bytes taken from the port in one pass; at this rate 12 come in 1 ms. */
constexpr uint32_t READS = 64;

struct {
  uint8_t ring[RING];
  uint32_t from;
  uint32_t count;
  uint32_t lost; /* lines since the last one that was sent */
} console;

uint32_t room() { return RING - console.count; }

void put(const uint8_t *bytes, uint32_t length) {
  for (uint32_t i = 0; i < length; i++) {
    console.ring[(console.from + console.count) % RING] = bytes[i];
    console.count++;
  }
}

uint32_t length_of(const char *text) { return static_cast<uint32_t>(strlen(text)); }

void put_text(const char *text) { put(reinterpret_cast<const uint8_t *>(text), length_of(text)); }

/* "W 12 lines lost": what a reader must know of the gap. False while there is one and the ring is
 * not half empty, so that a flood is told in few such lines. */
bool put_lost() {
  if (console.lost == 0) return true;
  if (room() < RING / 2) return false;
  char digits[11];
  uint32_t at = sizeof digits - 1;
  digits[at] = 0;
  for (uint32_t left = console.lost; left > 0; left /= 10) {
    digits[--at] = static_cast<char>('0' + left % 10);
  }
  put_text("W ");
  put_text(digits + at);
  put_text(" lines lost\n");
  console.lost = 0;
  return true;
}

void send() {
  while (console.count > 0) {
    const int free = Serial.availableForWrite();
    if (free <= 0) return;
    uint32_t part = RING - console.from;
    if (part > console.count) part = console.count;
    if (part > static_cast<uint32_t>(free)) part = static_cast<uint32_t>(free);
    Serial.write(console.ring + console.from, part);
    console.from = (console.from + part) % RING;
    console.count -= part;
  }
}

}  // namespace

void console_begin() {
  Serial.begin(BAUD);
  console.from = 0;
  console.count = 0;
  console.lost = 0;
  /* Ends the boot ROM's own line (at 74880 Bd, so it reads as rubbish). */
  put_text("\n");
}

void console_step(uint32_t now_ms) {
  for (uint32_t i = 0; i < READS && Serial.available() > 0; i++) {
    provisioning_byte(static_cast<uint8_t>(Serial.read()), now_ms);
  }
  put_lost();
  send();
}

bool console_write(const uint8_t *bytes, uint32_t length) {
  if (room() < length) return false;
  put(bytes, length);
  return true;
}

void console_note(int32_t level, const char *text) { hal_log(level, text, length_of(text)); }

extern "C" void hal_log(int32_t level, const char *text, uint32_t length) {
  static const char letters[] = "DIWE";
  if (length > LINE_MAX_BYTES) length = LINE_MAX_BYTES;
  if (!put_lost() || room() < length + 3) {
    console.lost++;
    return;
  }
  const uint8_t head[2] = {static_cast<uint8_t>(letters[level & 3]), ' '};
  put(head, sizeof head);
  for (uint32_t i = 0; i < length; i++) {
    /* One line is one line, and no escape sequence of a message reaches a terminal. */
    const uint8_t byte = static_cast<uint8_t>(text[i]);
    const uint8_t shown = byte < 0x20 || byte == 0x7F ? '.' : byte;
    put(&shown, 1);
  }
  put_text("\n");
}

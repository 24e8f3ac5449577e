#include "text.h"

static void put(struct text *text, char letter) {
  if (text->length < text->size) text->to[text->length++] = letter;
}

void text_put(struct text *text, const char *part) {
  while (*part != 0) put(text, *part++);
}

void text_put_unsigned(struct text *text, uint32_t value) {
  char digits[11];
  uint32_t at = sizeof digits - 1;
  digits[at] = 0;
  do {
    digits[--at] = (char)('0' + value % 10);
    value /= 10;
  } while (value != 0);
  text_put(text, digits + at);
}

void text_put_number(struct text *text, int32_t value) {
  if (value < 0) text_put(text, "-");
  text_put_unsigned(text, value < 0 ? 0u - (uint32_t)value : (uint32_t)value);
}

static char digit(uint32_t value) {
  return (char)(value < 10 ? '0' + value : 'a' + value - 10);
}

void text_put_hex(struct text *text, const uint8_t *bytes, uint32_t count) {
  for (uint32_t at = 0; at < count; at++) {
    put(text, digit(bytes[at] >> 4));
    put(text, digit(bytes[at] & 15u));
  }
}

#include "text.h"

static void put(struct text *text, char letter) {
  if (text->length < text->size) text->to[text->length++] = letter;
}

void text_put(struct text *text, const char *part) {
  while (*part != 0) put(text, *part++);
}

void text_put_number(struct text *text, int32_t value) {
  char digits[12];
  uint32_t at = sizeof digits - 1;
  uint32_t rest = value < 0 ? 0u - (uint32_t)value : (uint32_t)value;
  digits[at] = 0;
  do {
    digits[--at] = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  if (value < 0) digits[--at] = '-';
  text_put(text, digits + at);
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

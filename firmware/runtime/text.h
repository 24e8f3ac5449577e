/* Short texts put together in a buffer of the caller's, without the printf family. What does not
 * fit is cut off. */
#ifndef CADDYSHACK_TEXT_H
#define CADDYSHACK_TEXT_H

#include <stdint.h>

struct text {
  char *to;
  uint32_t size;
  uint32_t length;
};

void text_put(struct text *text, const char *part);
void text_put_number(struct text *text, int32_t value);
void text_put_unsigned(struct text *text, uint32_t value);
/* Two lower-case digits a byte. */
void text_put_hex(struct text *text, const uint8_t *bytes, uint32_t count);

#endif

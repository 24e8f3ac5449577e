/* Prints the frames found in stdin as `type:payload`, and `damaged` for each that is. */
#include <stdio.h>
#include <string.h>

#include "frame.h"

enum { SIZE = 16 };

int main(void) {
  uint8_t head[4];
  uint8_t rest[SIZE];
  struct frame_sink sinks[] = {{head, sizeof head}, {rest, sizeof rest}};
  struct frame_reader reader;
  int byte;
  frame_begin(&reader, sinks, 2);
  while ((byte = getchar()) != EOF) {
    enum frame_event event = frame_push(&reader, (uint8_t)byte);
    if (event == FRAME_BAD) puts("damaged");
    if (event != FRAME_GOOD) continue;
    printf("%u:", (unsigned)reader.type);
    uint32_t length = reader.length < sizeof head + SIZE ? reader.length : sizeof head + SIZE;
    for (uint32_t i = 0; i < length; i++)
      printf("%02x", (unsigned)(i < sizeof head ? head[i] : rest[i - sizeof head]));
    putchar('\n');
  }
  return 0;
}

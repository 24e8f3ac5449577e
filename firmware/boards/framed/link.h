/* Requests to the simulator and their replies. */
#ifndef CADDYSHACK_LINK_H
#define CADDYSHACK_LINK_H

#include <stdint.h>

#include "frame.h"
#include "words.h"

struct link_part {
  const void *bytes;
  uint32_t length;
};

/* One way. */
void link_tell(uint8_t type, const struct link_part *parts, uint32_t count);
/* Answers how many bytes the reply has beyond the time; they go to the sinks. */
uint32_t link_ask(uint8_t type, const struct link_part *parts, uint32_t count,
                  const struct frame_sink *sinks, uint32_t sink_count);
/* Asks with one part, for one number. */
int32_t link_number(uint8_t type, const struct link_part *parts, uint32_t count);
/* The board's time at the last reply. */
uint32_t link_now(void);

void put_u16(uint8_t *to, uint32_t value);

#endif

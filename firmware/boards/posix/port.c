/* A Linux process whose stdin and stdout go to the simulator. */
#include <stdlib.h>
#include <unistd.h>

#include "hal.h"
#include "port.h"

const char port_name[] = "posix";
const uint8_t port_board = FRAME_BOARD_POSIX;

int32_t port_read(uint8_t *to, uint32_t size) { return (int32_t)read(STDIN_FILENO, to, size); }

void port_write(const uint8_t *from, uint32_t length) {
  while (length > 0) {
    ssize_t done = write(STDOUT_FILENO, from, length);
    if (done <= 0) port_exit(1);
    from += done;
    length -= (uint32_t)done;
  }
}

void port_exit(int32_t code) { exit(code); }

uint32_t port_cycles(void) { return 0; }

int32_t port_figure(int32_t what, int32_t *value) {
  (void)what;
  *value = -1;
  return 0;
}

void port_stats(uint32_t stats[FRAME_STAT_COUNT]) { (void)stats; }

void *hal_code_memory(uint32_t *size) {
  *size = 0;
  return NULL;
}

int main(void) { framed_main(); }

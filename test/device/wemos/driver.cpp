/* Runs the board's own code on the fakes: one command a line on stdin, one line a thing done on
 * stdout; what a call answers is printed as `= ...`. Arguments: the flash's file, the RTC
 * memory's file, the chip's reset reason. */
#include <Arduino.h>
#include <stdarg.h>
#include <stdio.h>

#include "runtime-c.h"
#include "world.h"

void event(const char *format, ...) {
  printf("@%llu ", static_cast<unsigned long long>(now_us() / 1000));
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  putchar('\n');
}

[[noreturn]] void misuse(const char *what) {
  event("misuse: %s", what);
  exit(4);
}

static uint8_t nibble(char c) {
  return static_cast<uint8_t>(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
}

size_t from_hex(const char *hex, uint8_t *to, size_t size) {
  size_t count = 0;
  for (; hex[0] != 0 && hex[1] != 0; hex += 2) {
    if (count == size) misuse("too long a hex string");
    to[count++] = static_cast<uint8_t>(nibble(hex[0]) << 4 | nibble(hex[1]));
  }
  return count;
}

static void hex_line(const uint8_t *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) printf("%02x", bytes[i]);
  putchar('\n');
}

void print_hex(const char *before, const uint8_t *bytes, size_t length) {
  printf("@%llu %s ", static_cast<unsigned long long>(now_us() / 1000), before);
  hex_line(bytes, length);
}

static void answer_bytes(int32_t result, const uint8_t *bytes, size_t length) {
  printf("= %d ", result);
  hex_line(bytes, length);
}

/* `read 1 0x80 12`: whole answers also show that nothing behind them is written. */
static void do_read(char *argument) {
  uint8_t bytes[600];
  memset(bytes, 0xA5, sizeof bytes);
  unsigned space = 0, offset = 0, length = 0, skew = 0;
  sscanf(argument, "%u %x %u %u", &space, &offset, &length, &skew);
  const int32_t result = hal_read(space, offset, bytes + skew, length);
  answer_bytes(result, bytes + skew, result == 0 ? length : 0);
  for (size_t i = skew + length; i < sizeof bytes; i++) {
    if (bytes[i] != 0xA5) misuse("a read of too much");
  }
}

static void do_write(char *argument) {
  unsigned space = 0, offset = 0, skew = 0;
  char hex[1200];
  uint8_t bytes[600];
  sscanf(argument, "%u %x %1199s %u", &space, &offset, hex, &skew);
  const size_t length = from_hex(hex, bytes + skew, sizeof bytes - skew);
  printf("= %d\n", hal_write(space, offset, bytes + skew, static_cast<uint32_t>(length)));
}

static void do_shift(char *argument) {
  unsigned flags = 0;
  char hex[64] = "";
  uint8_t bytes[32];
  sscanf(argument, "%u %63s", &flags, hex);
  const size_t length = from_hex(hex, bytes, sizeof bytes);
  hal_shift(bytes, bytes, static_cast<uint32_t>(length), flags);
  answer_bytes(0, bytes, length);
}

static void do_open(char *argument) {
  char host[65];
  unsigned port = 0;
  sscanf(argument, "%64s %u", host, &port);
  printf("= %d\n", hal_net_open(host, static_cast<uint16_t>(port)));
}

static void do_receive(char *argument) {
  uint8_t bytes[600];
  const int32_t count = hal_net_read(bytes, static_cast<uint32_t>(atoi(argument)));
  answer_bytes(count, bytes, count > 0 ? static_cast<size_t>(count) : 0);
}

static void do_transmit(char *argument) {
  uint8_t bytes[600];
  const size_t length = from_hex(argument, bytes, sizeof bytes);
  printf("= %d\n", hal_net_write(bytes, static_cast<uint32_t>(length)));
}

/* `idle <ms> <linked>`: also how long it worked, not counting what it was asked to wait. */
static void do_idle(char *argument) {
  unsigned ms = 0;
  int linked = 0;
  sscanf(argument, "%u %d", &ms, &linked);
  const uint64_t from_us = now_us();
  hal_idle(ms, linked);
  printf("= %llu us\n", static_cast<unsigned long long>(now_us() - from_us));
}

static void do_loops(char *argument) {
  const uint64_t until_us = now_us() + strtoull(argument, nullptr, 0) * 1000;
  while (now_us() < until_us) loop();
}

/* What the runtime keeps over a reset. */
static void do_mark() {
  const struct store_marker marker = {};
  store_write_marker(&marker);
}

static bool call(const char *name, char *argument) {
  if (strcmp(name, "preinit") == 0) preinit();
  else if (strcmp(name, "setup") == 0) setup();
  else if (strcmp(name, "loops") == 0) do_loops(argument);
  else if (strcmp(name, "idle") == 0) do_idle(argument);
  else if (strcmp(name, "shift") == 0) do_shift(argument);
  else if (strcmp(name, "figure") == 0) printf("= %d\n", hal_figure(atoi(argument)));
  else if (strcmp(name, "now") == 0) printf("= %u\n", hal_now_ms());
  else if (strcmp(name, "read") == 0) do_read(argument);
  else if (strcmp(name, "write") == 0) do_write(argument);
  else if (strcmp(name, "erase") == 0)
    printf("= %d\n", hal_erase(static_cast<uint32_t>(strtoul(argument, nullptr, 0))));
  else if (strcmp(name, "open") == 0) do_open(argument);
  else if (strcmp(name, "receive") == 0) do_receive(argument);
  else if (strcmp(name, "transmit") == 0) do_transmit(argument);
  else if (strcmp(name, "close") == 0) hal_net_close();
  else if (strcmp(name, "mark") == 0) do_mark();
  else if (strcmp(name, "log") == 0)
    hal_log(argument[0] - '0', argument + 2, static_cast<uint32_t>(strlen(argument + 2)));
  else return false;
  return true;
}

#ifdef STUB_RUNTIME
/* For tests of the board alone. */
extern "C" void runtime_start(const char *board) { event("runtime %s", board); }
extern "C" void runtime_step(void) { hal_idle(10, 0); }
#endif

int main(int count, char **arguments) {
  if (count != 4) misuse("usage: driver FLASH RTC REASON");
  core_load(arguments[1], arguments[2], static_cast<uint32_t>(atoi(arguments[3])));
  static char line[4096];
  while (fgets(line, sizeof line, stdin) != nullptr) {
    line[strcspn(line, "\n")] = 0;
    char *argument = strchr(line, ' ');
    if (argument != nullptr) *argument++ = 0;
    else argument = line + strlen(line);
    const bool known = call(line, argument) || core_command(line, argument) ||
                       bus_command(line, argument) || net_command(line, argument) ||
                       broker_command(line, argument);
    if (!known) misuse("unknown command");
    fflush(stdout);
  }
  core_save();
  return 0;
}

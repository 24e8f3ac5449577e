/* Runs the target of mqtt-fuzz.c on mutated exchanges where there is no libFuzzer, or on one input.
 *   mqtt-mutator SEED COUNT < CORPUS     CORPUS: lines of hex digits, `#` begins a comment
 *   mqtt-mutator replay HEX
 * The input that fails is printed as hex digits. */
#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX 4096
#define CORPUS_MAX 64
#define LINE_MAX_BYTES (4 * INPUT_MAX)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
  uint8_t at[INPUT_MAX];
  uint32_t length;
};

static struct bytes corpus[CORPUS_MAX];
static uint32_t corpus_count;
static struct bytes input;
static uint32_t seed;

static void print_input(void) {
  fprintf(stderr, "input ");
  for (uint32_t i = 0; i < input.length; i++) fprintf(stderr, "%02x", input.at[i]);
  fprintf(stderr, "\n");
}

static void aborted(int number) {
  (void)number;
  print_input();
  _Exit(1);
}

/* xorshift32 */
static uint32_t dice(uint32_t sides) {
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return seed % sides;
}

static void read_hex(const char *digits, struct bytes *to) {
  to->length = 0;
  while (digits[0] != 0 && digits[1] != 0 && to->length < INPUT_MAX) {
    char pair[3] = {digits[0], digits[1], 0};
    to->at[to->length++] = (uint8_t)strtoul(pair, NULL, 16);
    digits += 2;
  }
}

static void read_corpus(void) {
  static char line[LINE_MAX_BYTES];
  while (corpus_count < CORPUS_MAX && fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = 0;
    if (line[0] != '#' && line[0] != 0) read_hex(line, &corpus[corpus_count++]);
  }
}

/* Takes `gone` bytes out and puts `length` bytes in. */
static void replace(uint32_t at, uint32_t gone, const uint8_t *from, uint32_t length) {
  if (input.length - gone + length > INPUT_MAX) return;
  memmove(input.at + at + length, input.at + at + gone, input.length - at - gone);
  if (length > 0) memmove(input.at + at, from, length);
  input.length += length - gone;
}

static void mutate(void) {
  static const uint8_t words[][4] = {
      {0x20, 2, 0, 0},    {0x40, 2, 0, 1},    {0x90, 3, 0, 1},       {0xd0, 0, 0xd0, 0},
      {0x30, 4, 0, 1},    {0x32, 6, 0, 1},    {0xff, 0xff, 0xff, 0x7f}, {0x80, 0x80, 0x80, 0x01},
      {0x32, 0xff, 1, 0}, {0x33, 0x82, 1, 0},
  };
  static uint8_t piece[INPUT_MAX];
  if (input.length < 5) return;
  uint32_t at = 4 + dice(input.length - 4);
  uint32_t left = input.length - at;
  uint32_t some = 1 + dice(left < 40 ? left : 40);
  const struct bytes *other = &corpus[dice(corpus_count)];
  uint8_t byte = (uint8_t)dice(256);
  switch (dice(8)) {
    case 0:
      input.at[at] ^= (uint8_t)(1u << dice(8));
      break;
    case 1:
      input.at[at] = byte;
      break;
    case 2:
      input.at[at] = (uint8_t)(input.at[at] + dice(2) * 2 - 1);
      break;
    case 3:
      replace(at, some, NULL, 0);
      break;
    case 4:
      replace(at, 0, &byte, 1);
      break;
    case 5:
      replace(at, 0, words[dice(10)], 4);
      break;
    case 6:
      memcpy(piece, input.at + at, some);
      replace(at, 0, piece, some);
      break;
    default:
      if (other->length > 0) {
        uint32_t from = dice(other->length);
        uint32_t length = 1 + dice(other->length - from);
        memcpy(piece, other->at + from, length);
        replace(at, dice(2) * left, piece, length);
      }
  }
}

static void one(void) {
  const struct bytes *base = &corpus[dice(corpus_count)];
  uint32_t length = base->length;
  /* Long exchanges are mostly more of the same. */
  if (length > 400 && dice(20) != 0) length = 400;
  for (uint32_t i = 0; i < 4; i++) input.at[i] = (uint8_t)dice(256);
  memcpy(input.at + 4, base->at, length < INPUT_MAX - 4 ? length : INPUT_MAX - 4);
  input.length = 4 + (length < INPUT_MAX - 4 ? length : INPUT_MAX - 4);
  for (uint32_t count = dice(8); count > 0; count--) mutate();
  LLVMFuzzerTestOneInput(input.at, input.length);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  signal(SIGABRT, aborted);
  __sanitizer_set_death_callback(print_input);
  if (strcmp(argv[1], "replay") == 0) {
    read_hex(argv[2], &input);
    return LLVMFuzzerTestOneInput(input.at, input.length);
  }
  seed = (uint32_t)strtoul(argv[1], NULL, 10) | 1;
  read_corpus();
  if (corpus_count == 0) return 3;
  uint32_t count = (uint32_t)strtoul(argv[2], NULL, 10);
  for (uint32_t i = 0; i < count; i++) one();
  printf("%u inputs\n", (unsigned)count);
  return 0;
}

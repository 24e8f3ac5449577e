/* Wasm3's m3_compile.c with its tables of operations in flash, since only the compiler reads them,
 * and with quicker operations. Compiled instead of that file, on every board. */
#include <string.h>

#include "flash_data.h"
#include "m3_compile.h"

/* Loops of a few words stay loops: a call of memset takes longer. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

extern const M3OpInfo c_operations[] CS_IN_FLASH(operations);
extern const M3OpInfo c_operationsFC[] CS_IN_FLASH(operations_fc);

typedef uint32_t __attribute__((may_alias)) word_t;
typedef uint16_t __attribute__((may_alias)) half_t;

/* Hides where a pointer comes from, or the compiler finds that a word and its bytes are the same,
 * and always takes the bytes. */
#define HIDE(pointer) __asm__("" : "+r"(pointer))

#define ALWAYS_INLINE static inline __attribute__((always_inline))

ALWAYS_INLINE bool aligned(const void *place, size_t size) {
  return ((uintptr_t)place & (size - 1)) == 0;
}

ALWAYS_INLINE uint32_t get_half(const uint8_t *from) {
  if (aligned(from, 2)) {
    HIDE(from);
    return *(const half_t *)from;
  }
  return (uint32_t)from[0] | (uint32_t)from[1] << 8;
}

ALWAYS_INLINE void put_half(uint8_t *to, uint32_t value) {
  if (aligned(to, 2)) {
    HIDE(to);
    *(half_t *)to = (half_t)value;
    return;
  }
  to[0] = (uint8_t)value;
  to[1] = (uint8_t)(value >> 8);
}

ALWAYS_INLINE uint32_t get_word(const uint8_t *from) {
  if (aligned(from, 4)) {
    HIDE(from);
    return *(const word_t *)from;
  }
  return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
         (uint32_t)from[3] << 24;
}

ALWAYS_INLINE void put_word(uint8_t *to, uint32_t value) {
  if (aligned(to, 4)) {
    HIDE(to);
    *(word_t *)to = value;
    return;
  }
  to[0] = (uint8_t)value;
  to[1] = (uint8_t)(value >> 8);
  to[2] = (uint8_t)(value >> 16);
  to[3] = (uint8_t)(value >> 24);
}

/* One value between memory and a variable, or the constants of a function, which are words. Left
 * alone, the compiler copies values byte by byte, since the ESP8266 traps at unaligned words; but
 * nearly all are aligned. */
ALWAYS_INLINE void move(void *to, const void *from, size_t size, bool to_memory) {
  if (!__builtin_constant_p(size)) {
    word_t *target = to;
    const word_t *source = from;
    for (size_t at = size / 4; at > 0; at--) *target++ = *source++;
  } else if (size == 1) {
    *(uint8_t *)to = *(const uint8_t *)from;
  } else if (size == 2 && to_memory) {
    put_half(to, *(const half_t *)from);
  } else if (size == 2) {
    *(half_t *)to = (half_t)get_half(from);
  } else if (size == 4 && to_memory) {
    put_word(to, *(const word_t *)from);
  } else if (size == 4) {
    *(word_t *)to = get_word(from);
  } else {
    memcpy(to, from, size);
  }
}

/* The locals of a function, which are words, or any bytes for memory.fill. */
ALWAYS_INLINE void fill(void *to, int byte, size_t size) {
  if (__builtin_constant_p(byte) && byte == 0) {
    word_t *target = to;
    for (size_t at = size / 4; at > 0; at--) *target++ = 0;
  } else {
    memset(to, byte, size);
  }
}

/* memory.copy: mostly of records, which are words, to a place that does not overlap. */
static void copy(void *to, const void *from, size_t size) {
  size_t distance = (size_t)((uintptr_t)to - (uintptr_t)from);
  if (!aligned(to, 4) || !aligned(from, 4) || !aligned((const void *)size, 4) || distance < size) {
    memmove(to, from, size);
    return;
  }
  word_t *target = to;
  const word_t *source = from;
  for (size_t at = size / 4; at > 0; at--) *target++ = *source++;
}

/* Asked at every call, in case somebody wants to break in. Nobody does. */
#define m3_Yield() NULL

/* Wasm3 checks an access with sums of 64 bits; two comparisons of 32 bits do as well. Every
 * load and store moves its value with a memcpy of constant size, and has `offset` (of the
 * instruction) and `operand` (that plus the address). Elsewhere in that file these names mean
 * nothing, so they are 0 there. memory.copy and memory.fill check for themselves. */
enum { offset = 0, operand = 0 };
#undef d_m3SkipMemoryBoundsCheck
#define d_m3SkipMemoryBoundsCheck 1
#define OUTSIDE(size)                  \
  (__builtin_constant_p(size) &&       \
   ((uint32_t)operand < (u32)offset || \
    (uint32_t)operand > (uint32_t)_mem->length - (uint32_t)(size)))
#define IS_MEMORY(place) __builtin_types_compatible_p(__typeof__(place), u8 *)
#define memcpy(to, from, size)                                                \
  {                                                                           \
    if (M3_UNLIKELY(OUTSIDE(size))) return m3Err_trapOutOfBoundsMemoryAccess; \
    move(to, from, size, IS_MEMORY(to));                                      \
  }
#define memset(to, byte, size) fill(to, byte, size)
#define memmove(to, from, size) copy(to, from, size)
#define M3_COMPILE_OPCODES
#include <m3_exec.h>
#undef M3_COMPILE_OPCODES
#undef memmove
#undef memcpy
#undef memset

#include <m3_compile.c>

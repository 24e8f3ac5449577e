/* Arithmetic that the ESP8266 has in its ROM, so that its compiler's library leaves it out. None of
 * it is on a hot path: plain and small. */
#include <stdint.h>

uint32_t __udivsi3(uint32_t n, uint32_t d);
uint32_t __umodsi3(uint32_t n, uint32_t d);
int32_t __divsi3(int32_t n, int32_t d);
int32_t __modsi3(int32_t n, int32_t d);
uint64_t __umulsidi3(uint32_t a, uint32_t b);
uint64_t __muldi3(uint64_t a, uint64_t b);
uint64_t __udivdi3(uint64_t n, uint64_t d);
uint64_t __umoddi3(uint64_t n, uint64_t d);
int64_t __divdi3(int64_t n, int64_t d);
int64_t __moddi3(int64_t n, int64_t d);

/* Quotient; the remainder goes to *rest. */
static uint32_t divide32(uint32_t n, uint32_t d, uint32_t *rest) {
  uint32_t quotient = 0;
  uint32_t r = 0;
  for (uint32_t bit = 1u << 31; bit != 0; bit >>= 1) {
    r = (r << 1) | ((n & bit) != 0);
    if (r < d) continue;
    r -= d;
    quotient |= bit;
  }
  *rest = r;
  return quotient;
}

static uint64_t divide64(uint64_t n, uint64_t d, uint64_t *rest) {
  uint64_t quotient = 0;
  uint64_t r = 0;
  for (uint64_t bit = 1ull << 63; bit != 0; bit >>= 1) {
    r = (r << 1) | ((n & bit) != 0);
    if (r < d) continue;
    r -= d;
    quotient |= bit;
  }
  *rest = r;
  return quotient;
}

static uint32_t size32(int32_t n) { return n < 0 ? 0u - (uint32_t)n : (uint32_t)n; }

static uint64_t size64(int64_t n) { return n < 0 ? 0u - (uint64_t)n : (uint64_t)n; }

uint32_t __udivsi3(uint32_t n, uint32_t d) {
  uint32_t rest;
  return divide32(n, d, &rest);
}

uint32_t __umodsi3(uint32_t n, uint32_t d) {
  uint32_t rest;
  divide32(n, d, &rest);
  return rest;
}

int32_t __divsi3(int32_t n, int32_t d) {
  uint32_t quotient = __udivsi3(size32(n), size32(d));
  return (int32_t)((n ^ d) < 0 ? 0u - quotient : quotient);
}

int32_t __modsi3(int32_t n, int32_t d) {
  uint32_t rest = __umodsi3(size32(n), size32(d));
  return (int32_t)(n < 0 ? 0u - rest : rest);
}

uint64_t __umulsidi3(uint32_t a, uint32_t b) {
  uint32_t a_low = a & 0xFFFFu, a_high = a >> 16;
  uint32_t b_low = b & 0xFFFFu, b_high = b >> 16;
  uint32_t low = a_low * b_low, cross = a_low * b_high, other = a_high * b_low;
  uint32_t middle = (low >> 16) + (cross & 0xFFFFu) + (other & 0xFFFFu);
  uint32_t high = a_high * b_high + (cross >> 16) + (other >> 16) + (middle >> 16);
  return ((uint64_t)high << 32) | ((middle << 16) | (low & 0xFFFFu));
}

uint64_t __muldi3(uint64_t a, uint64_t b) {
  uint64_t low = __umulsidi3((uint32_t)a, (uint32_t)b);
  uint32_t high = (uint32_t)(low >> 32) + (uint32_t)(a >> 32) * (uint32_t)b +
                  (uint32_t)a * (uint32_t)(b >> 32);
  return ((uint64_t)high << 32) | (uint32_t)low;
}

uint64_t __udivdi3(uint64_t n, uint64_t d) {
  uint64_t rest;
  return divide64(n, d, &rest);
}

uint64_t __umoddi3(uint64_t n, uint64_t d) {
  uint64_t rest;
  divide64(n, d, &rest);
  return rest;
}

int64_t __divdi3(int64_t n, int64_t d) {
  uint64_t quotient = __udivdi3(size64(n), size64(d));
  return (int64_t)((n ^ d) < 0 ? 0u - quotient : quotient);
}

int64_t __moddi3(int64_t n, int64_t d) {
  uint64_t rest = __umoddi3(size64(n), size64(d));
  return (int64_t)(n < 0 ? 0u - rest : rest);
}

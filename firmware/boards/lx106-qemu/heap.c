/* First fit over blocks that lie one behind the other, and free neighbours become one: small, and
 * good enough for a handful of blocks that live as long as the module does. */
#include "heap.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 8u
#define USED 1u

/* In front of each block. `size` counts the header too; its lowest bit is USED. */
struct block {
  uint32_t size;
  uint32_t caller;
};

extern uint8_t __heap_start[], __heap_end[];

/* The linker turns Wasm3's own allocations into these (--wrap), so that the caller is seen. */
void *__real_m3_Malloc_Impl(size_t size);
void *__real_m3_Realloc_Impl(void *old, size_t size, size_t old_size);
void *__wrap_m3_Malloc_Impl(size_t size);
void *__wrap_m3_Realloc_Impl(void *old, size_t size, size_t old_size);

static uint32_t used_bytes;
static uint32_t peak_bytes;
/* Who asked, when it is not the caller of calloc itself. */
static uint32_t asker;
static uint8_t ready;

static uint32_t size_of(const struct block *block) { return block->size & ~USED; }

static struct block *after(struct block *block) {
  return (struct block *)(void *)((uint8_t *)block + size_of(block));
}

static struct block *first(void) { return (struct block *)(void *)__heap_start; }

static int at_end(const struct block *block) { return (const uint8_t *)block >= __heap_end; }

static void set_up(void) {
  if (ready) return;
  first()->size = (uint32_t)(__heap_end - __heap_start) & ~(ALIGNMENT - 1);
  ready = 1;
}

/* Makes one of a free block and all free ones behind it. */
static void join(struct block *block) {
  struct block *next = after(block);
  for (; !at_end(next) && !(next->size & USED); next = after(block)) block->size += next->size;
}

static struct block *find(uint32_t size) {
  for (struct block *block = first(); !at_end(block); block = after(block)) {
    if (block->size & USED) continue;
    join(block);
    if (block->size >= size) return block;
  }
  return NULL;
}

static void split(struct block *block, uint32_t size) {
  uint32_t rest = block->size - size;
  if (rest < 2 * sizeof(struct block)) return;
  block->size = size;
  after(block)->size = rest;
}

static void *allocate(size_t length, uint32_t caller) {
  if (length > (size_t)(__heap_end - __heap_start)) return NULL;
  set_up();
  uint32_t size = (uint32_t)((length + sizeof(struct block) + ALIGNMENT - 1) & ~(ALIGNMENT - 1));
  struct block *block = find(size);
  if (block == NULL) return NULL;
  split(block, size);
  used_bytes += block->size;
  if (used_bytes > peak_bytes) peak_bytes = used_bytes;
  block->size |= USED;
  block->caller = asker != 0 ? asker : caller;
  return block + 1;
}

void *malloc(size_t length) { return allocate(length, (uint32_t)__builtin_return_address(0)); }

void *calloc(size_t count, size_t size) {
  if (size != 0 && count > (size_t)-1 / size) return NULL;
  void *bytes = allocate(count * size, (uint32_t)__builtin_return_address(0));
  if (bytes != NULL) memset(bytes, 0, count * size);
  return bytes;
}

void free(void *bytes) {
  if (bytes == NULL) return;
  struct block *block = (struct block *)bytes - 1;
  used_bytes -= size_of(block);
  block->size &= ~USED;
}

void *realloc(void *old, size_t length) {
  void *bytes = allocate(length, (uint32_t)__builtin_return_address(0));
  if (bytes == NULL || old == NULL) return bytes;
  uint32_t had = size_of((struct block *)old - 1) - (uint32_t)sizeof(struct block);
  memcpy(bytes, old, had < length ? had : length);
  free(old);
  return bytes;
}

void *__wrap_m3_Malloc_Impl(size_t size) {
  asker = (uint32_t)__builtin_return_address(0);
  void *bytes = __real_m3_Malloc_Impl(size);
  asker = 0;
  return bytes;
}

void *__wrap_m3_Realloc_Impl(void *old, size_t size, size_t old_size) {
  asker = (uint32_t)__builtin_return_address(0);
  void *bytes = __real_m3_Realloc_Impl(old, size, old_size);
  asker = 0;
  return bytes;
}

uint32_t heap_used(void) { return used_bytes; }

uint32_t heap_peak(void) { return peak_bytes; }

uint32_t heap_free(void) { return (uint32_t)(__heap_end - __heap_start) - used_bytes; }

void heap_walk(void (*tell)(uint32_t caller, uint32_t size)) {
  set_up();
  for (struct block *block = first(); !at_end(block); block = after(block))
    if (block->size & USED) tell(block->caller, size_of(block));
}

/* Wasm3's m3_code.c with code pages of our own: 32-bit words in memory that need not take any other
 * access (host_code.h). Compiled instead of that file, on every board. */
#include <string.h>

#include "host_code.h"
#include "m3_code.h"

static void copy_words(void *to, const void *from, size_t length) {
  volatile uint32_t *target = to;
  const uint32_t *source = from;
  for (size_t at = 0; at < length / 4; at++) target[at] = source[at];
}

#define memcpy copy_words
#undef m3_Free
#define m3_Free(page) host_code_free(page)
#define NewCodePage new_code_page_of_one_size
#include <m3_code.c>
#undef NewCodePage

IM3CodePage NewCodePage(IM3Runtime runtime, u32 lines) {
  uint32_t least = (uint32_t)(sizeof(M3CodePageHeader) + sizeof(code_t) * lines);
  uint32_t size = least;
  IM3CodePage page = host_code_alloc(&size);
  if (page == NULL) return NULL;
  page->info.sequence = ++runtime->newCodePageSequence;
  page->info.numLines = (u32)((size - sizeof(M3CodePageHeader)) / sizeof(code_t));
  return page;
}

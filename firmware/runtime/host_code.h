/* Memory for compiled code: only ever read and written as aligned 32-bit words, so it may be the
 * ESP8266's instruction RAM. What does not fit there comes from the heap. */
#ifndef CADDYSHACK_HOST_CODE_H
#define CADDYSHACK_HOST_CODE_H

#include <stdint.h>

/* A block of at least `*size` bytes, all zero, whose true size is answered in `*size`; null when
 * there is no room anywhere. */
void *host_code_alloc(uint32_t *size);
void host_code_free(void *block);

/* Bytes of code memory in use: of the board's own region, and from the heap. */
uint32_t host_code_used(void);
uint32_t host_code_spilled(void);

#endif

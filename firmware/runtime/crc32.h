/* CRC-32 of IEEE 802.3, as zlib has it. */
#ifndef CADDYSHACK_CRC32_H
#define CADDYSHACK_CRC32_H

#include <stdint.h>

/* Goes on from `crc`, which is 0 at the beginning. */
uint32_t crc32(uint32_t crc, const void *bytes, uint32_t length);

#endif

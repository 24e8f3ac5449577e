/* SHA-256 (FIPS 180-4) and HMAC-SHA256 (RFC 2104), in pieces. */
#ifndef CADDYSHACK_SHA256_H
#define CADDYSHACK_SHA256_H

#include <stdint.h>

enum { SHA256_SIZE = 32, SHA256_BLOCK = 64 };

struct sha256 {
  uint32_t state[8];
  uint32_t length; /* bytes so far: nothing here is ever longer than 512 MB */
  uint8_t block[SHA256_BLOCK];
};

void sha256_start(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *bytes, uint32_t length);
void sha256_end(struct sha256 *hash, uint8_t digest[SHA256_SIZE]);

/* The key is at most one block long. */
void hmac_start(struct sha256 *hash, const uint8_t *key, uint32_t key_length);
void hmac_end(struct sha256 *hash, const uint8_t *key, uint32_t key_length,
              uint8_t mac[SHA256_SIZE]);

/* 1 when both are the same, in a time that does not tell where they differ. */
int32_t sha256_same(const uint8_t a[SHA256_SIZE], const uint8_t b[SHA256_SIZE]);

#endif

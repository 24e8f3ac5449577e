#include "sha256.h"

#include "words.h"

static const uint32_t rounds[64] CS_WORDS = {
  0x428a2f98u, 0x71374491u, 0xb5c0fbcfu, 0xe9b5dba5u, 0x3956c25bu, 0x59f111f1u, 0x923f82a4u,
  0xab1c5ed5u, 0xd807aa98u, 0x12835b01u, 0x243185beu, 0x550c7dc3u, 0x72be5d74u, 0x80deb1feu,
  0x9bdc06a7u, 0xc19bf174u, 0xe49b69c1u, 0xefbe4786u, 0x0fc19dc6u, 0x240ca1ccu, 0x2de92c6fu,
  0x4a7484aau, 0x5cb0a9dcu, 0x76f988dau, 0x983e5152u, 0xa831c66du, 0xb00327c8u, 0xbf597fc7u,
  0xc6e00bf3u, 0xd5a79147u, 0x06ca6351u, 0x14292967u, 0x27b70a85u, 0x2e1b2138u, 0x4d2c6dfcu,
  0x53380d13u, 0x650a7354u, 0x766a0abbu, 0x81c2c92eu, 0x92722c85u, 0xa2bfe8a1u, 0xa81a664bu,
  0xc24b8b70u, 0xc76c51a3u, 0xd192e819u, 0xd6990624u, 0xf40e3585u, 0x106aa070u, 0x19a4c116u,
  0x1e376c08u, 0x2748774cu, 0x34b0bcb5u, 0x391c0cb3u, 0x4ed8aa4au, 0x5b9cca4fu, 0x682e6ff3u,
  0x748f82eeu, 0x78a5636fu, 0x84c87814u, 0x8cc70208u, 0x90befffau, 0xa4506cebu, 0xbef9a3f7u,
  0xc67178f2u,
};

/* The square roots of the first eight primes. Words too, so that they need no RAM either. */
static const uint32_t beginning[8] CS_WORDS = {
  0x6a09e667u, 0xbb67ae85u, 0x3c6ef372u, 0xa54ff53au,
  0x510e527fu, 0x9b05688cu, 0x1f83d9abu, 0x5be0cd19u,
};

static uint32_t turned(uint32_t x, uint32_t by) {
  return x >> by | x << (32 - by);
}

static uint32_t big_endian(const uint8_t *from) {
  return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

static void put_big_endian(uint8_t *to, uint32_t value) {
  for (uint32_t i = 0; i < 4; i++) to[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* The schedule runs in a ring of sixteen words: all 64 at once would be 256 bytes of stack. */
static uint32_t scheduled(uint32_t w[16], uint32_t i) {
  if (i < 16) return w[i];
  uint32_t a = w[(i + 1) & 15u];
  uint32_t b = w[(i + 14) & 15u];
  uint32_t s0 = turned(a, 7) ^ turned(a, 18) ^ a >> 3;
  uint32_t s1 = turned(b, 17) ^ turned(b, 19) ^ b >> 10;
  w[i & 15u] += s0 + w[(i + 9) & 15u] + s1;
  return w[i & 15u];
}

static void take_block(struct sha256 *hash) {
  uint32_t w[16];
  uint32_t s[8];
  for (uint32_t i = 0; i < 16; i++) w[i] = big_endian(hash->block + 4 * i);
  for (uint32_t i = 0; i < 8; i++) s[i] = hash->state[i];
  for (uint32_t i = 0; i < 64; i++) {
    uint32_t e = s[4];
    uint32_t a = s[0];
    uint32_t choice = (e & s[5]) ^ (~e & s[6]);
    uint32_t majority = (a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]);
    uint32_t t1 = s[7] + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) + choice + rounds[i] +
                  scheduled(w, i);
    uint32_t t2 = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + majority;
    for (uint32_t j = 7; j > 0; j--) s[j] = s[j - 1];
    s[4] += t1;
    s[0] = t1 + t2;
  }
  for (uint32_t i = 0; i < 8; i++) hash->state[i] += s[i];
}

void sha256_start(struct sha256 *hash) {
  for (uint32_t i = 0; i < 8; i++) hash->state[i] = beginning[i];
  hash->length = 0;
}

void sha256_add(struct sha256 *hash, const void *bytes, uint32_t length) {
  const uint8_t *from = bytes;
  for (uint32_t i = 0; i < length; i++) {
    hash->block[hash->length++ % SHA256_BLOCK] = from[i];
    if (hash->length % SHA256_BLOCK == 0) take_block(hash);
  }
}

void sha256_end(struct sha256 *hash, uint8_t digest[SHA256_SIZE]) {
  uint32_t length = hash->length;
  uint8_t next = 0x80;
  do {
    sha256_add(hash, &next, 1);
    next = 0;
  } while (hash->length % SHA256_BLOCK != SHA256_BLOCK - 8);
  put_big_endian(hash->block + SHA256_BLOCK - 8, length >> 29);
  put_big_endian(hash->block + SHA256_BLOCK - 4, length << 3);
  take_block(hash);
  for (uint32_t i = 0; i < 8; i++) put_big_endian(digest + 4 * i, hash->state[i]);
}

static void add_key(struct sha256 *hash, const uint8_t *key, uint32_t key_length, uint8_t pad) {
  sha256_start(hash);
  for (uint32_t i = 0; i < SHA256_BLOCK; i++) {
    uint8_t byte = (uint8_t)(pad ^ (i < key_length ? key[i] : 0));
    sha256_add(hash, &byte, 1);
  }
}

void hmac_start(struct sha256 *hash, const uint8_t *key, uint32_t key_length) {
  add_key(hash, key, key_length, 0x36);
}

void hmac_end(struct sha256 *hash, const uint8_t *key, uint32_t key_length,
              uint8_t mac[SHA256_SIZE]) {
  sha256_end(hash, mac);
  add_key(hash, key, key_length, 0x5c);
  sha256_add(hash, mac, SHA256_SIZE);
  sha256_end(hash, mac);
}

int32_t sha256_same(const uint8_t a[SHA256_SIZE], const uint8_t b[SHA256_SIZE]) {
  uint8_t difference = 0;
  for (uint32_t i = 0; i < SHA256_SIZE; i++) difference |= (uint8_t)(a[i] ^ b[i]);
  return difference == 0;
}

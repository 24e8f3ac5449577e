/* The configuration: two copies of `key=value` lines, the newer usable one counts. */
#include "config.h"

#include "hal.h"

uint32_t config_offset(int32_t copy) {
  return copy == 0 ? CS_FLASH_CONFIG_A : CS_FLASH_CONFIG_B;
}

int32_t config_line(uint32_t *at, uint32_t end, struct line *line) {
  uint32_t size = end - *at < CS_CONFIG_LINE_MAX ? end - *at : CS_CONFIG_LINE_MAX;
  if (size == 0 || hal_read(HAL_FLASH, *at, line->text, size) < 0) return 0;
  for (uint32_t i = 0; i < size; i++) {
    if (line->text[i] != '\n') continue;
    line->length = i;
    *at += i + 1;
    return 1;
  }
  return 0;
}

const char *config_value(const struct line *line, const char *key, uint32_t *length) {
  uint32_t i = 0;
  while (key[i] != 0) {
    if (i >= line->length || line->text[i] != key[i]) return 0;
    i++;
  }
  if (i >= line->length || line->text[i] != '=') return 0;
  *length = line->length - i - 1;
  return line->text + i + 1;
}

/* Sets `to` unless it is set already: of two equal keys the first counts. */
static void take_text(const struct line *line, const char *key, char *to, uint32_t size) {
  uint32_t length;
  const char *value = config_value(line, key, &length);
  if (value == 0 || to[0] != 0 || length >= size) return;
  for (uint32_t i = 0; i < length; i++) to[i] = value[i];
  to[length] = 0;
}

static void take_port(const struct line *line, struct store_config *config) {
  uint32_t length;
  uint32_t port = 0;
  const char *value = config_value(line, "port", &length);
  if (value == 0 || config->port != 0 || length > 5) return;
  for (uint32_t i = 0; i < length; i++) {
    if (value[i] < '0' || value[i] > '9') return;
    port = port * 10 + (uint32_t)(value[i] - '0');
  }
  if (port <= 65535) config->port = (uint16_t)port;
}

int32_t config_hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

/* 1 when a key was read. */
static int32_t take_key(const struct line *line, struct store_config *config) {
  uint32_t length;
  const char *value = config_value(line, "key", &length);
  if (value == 0 || length != 2 * sizeof config->key) return 0;
  for (uint32_t i = 0; i < sizeof config->key; i++) {
    int32_t high = config_hex_digit(value[2 * i]);
    int32_t low = config_hex_digit(value[2 * i + 1]);
    if (high < 0 || low < 0) return 0;
    config->key[i] = (uint8_t)(high * 16 + low);
  }
  return 1;
}

static void take_tls(const struct line *line, struct store_config *config) {
  uint32_t length;
  const char *value = config_value(line, "tls", &length);
  if (value != 0 && length == 1 && value[0] == '1') config->tls = 1;
}

static int32_t parse(uint32_t at, uint32_t end, struct store_config *config) {
  struct line line;
  int32_t keys = 0;
  uint8_t *bytes = (uint8_t *)config;
  for (uint32_t i = 0; i < sizeof *config; i++) bytes[i] = 0;
  while (at < end) {
    if (!config_line(&at, end, &line)) return 0;
    take_text(&line, "account", config->account, sizeof config->account);
    take_text(&line, "password", config->password, sizeof config->password);
    take_text(&line, "broker", config->broker, sizeof config->broker);
    take_port(&line, config);
    if (keys == 0) keys = take_key(&line, config);
    take_tls(&line, config);
  }
  return keys && config->account[0] && config->password[0] && config->broker[0] && config->port;
}

int32_t config_newest(struct store_config *config, struct record *record) {
  struct record heads[2];
  int32_t whole[2];
  for (int32_t i = 0; i < 2; i++) {
    whole[i] = record_read(config_offset(i), CS_CONFIG_MAGIC, CS_CONFIG_TEXT_MAX, &heads[i]);
  }
  int32_t first = whole[1] && (!whole[0] || heads[1].sequence > heads[0].sequence);
  for (int32_t i = 0; i < 2; i++) {
    int32_t copy = i == 0 ? first : 1 - first;
    uint32_t text = config_offset(copy) + CS_CONFIG_HEAD;
    if (!whole[copy] || !parse(text, text + heads[copy].length, config)) continue;
    *record = heads[copy];
    return copy;
  }
  return -1;
}

int32_t store_read_config(struct store_config *config) {
  struct record record;
  return config_newest(config, &record) < 0 ? CS_ERROR_NO_CONFIG : 0;
}

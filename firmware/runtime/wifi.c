/* Name and password of the Wi-Fi in the configuration: the only part of it that a board changes by
 * itself (over its serial port). The text is copied line by line to the other copy, because all of
 * it at once would be a quarter of the stack. */
#include "config.h"
#include "crc32.h"
#include "hal.h"

static const char ssid_key[] = "wifi_ssid";
static const char password_key[] = "wifi_password";

/* Where the new text goes: only counted while `at` is 0. */
struct sink {
  uint32_t at;
  uint32_t length;
  uint32_t crc;
  uint32_t fill;
  int32_t result;
  uint8_t piece[FLASH_PIECE];
};

static void flush(struct sink *sink) {
  struct bytes bytes = {sink->piece, 0};
  sink->crc = crc32(sink->crc, sink->piece, sink->fill);
  if (sink->at != 0) {
    if (flash_write(sink->at, &bytes, sink->fill) < 0) sink->result = -1;
    sink->at += sink->fill;
  }
  sink->fill = 0;
}

static void put(struct sink *sink, char byte) {
  sink->piece[sink->fill++] = (uint8_t)byte;
  sink->length++;
  if (sink->fill == FLASH_PIECE) flush(sink);
}

static void put_encoded(struct sink *sink, const char *key, const char *value) {
  static const char digits[] = "0123456789ABCDEF";
  while (*key != 0) put(sink, *key++);
  put(sink, '=');
  for (; *value != 0; value++) {
    uint8_t byte = (uint8_t)*value;
    if (byte >= 0x20 && byte <= 0x7e && byte != '%') {
      put(sink, *value);
      continue;
    }
    put(sink, '%');
    put(sink, digits[byte >> 4]);
    put(sink, digits[byte & 15]);
  }
  put(sink, '\n');
}

/* The old lines without those two, then those two. */
static void put_text(struct sink *sink, uint32_t at, uint32_t end, const struct store_wifi *wifi) {
  struct line line;
  uint32_t ignored;
  while (config_line(&at, end, &line)) {
    if (config_value(&line, ssid_key, &ignored) != 0) continue;
    if (config_value(&line, password_key, &ignored) != 0) continue;
    for (uint32_t i = 0; i < line.length; i++) put(sink, line.text[i]);
    put(sink, '\n');
  }
  put_encoded(sink, ssid_key, wifi->ssid);
  put_encoded(sink, password_key, wifi->password);
  flush(sink);
}

/* The head is written last: until then the copy does not count. */
static int32_t write_copy(uint32_t at, struct record *record, uint32_t from,
                          const struct store_wifi *wifi) {
  struct sink sink = {0, 0, 0, 0, 0, {0}};
  uint8_t head[RECORD_HEAD];
  uint32_t end = from + record->length;
  put_text(&sink, from, end, wifi);
  if (sink.length > CS_CONFIG_TEXT_MAX || flash_erase(at) < 0) return -1;
  record->sequence++;
  record->length = sink.length;
  sink = (struct sink){at + CS_CONFIG_HEAD, 0, record_crc(record), 0, 0, {0}};
  put_text(&sink, from, end, wifi);
  record_head(head, CS_CONFIG_MAGIC, record, sink.crc);
  if (sink.result < 0) return -1;
  return hal_write(HAL_FLASH, at, head, sizeof head);
}

int32_t store_write_wifi(const struct store_wifi *wifi) {
  struct record record;
  int32_t copy;
  {
    struct store_config config;
    copy = config_newest(&config, &record);
  }
  if (copy < 0) return -1;
  uint32_t from = config_offset(copy) + CS_CONFIG_HEAD;
  return write_copy(config_offset(1 - copy), &record, from, wifi);
}

/* 1 when the value was decoded whole. */
static int32_t decode(const char *value, uint32_t length, char *to, uint32_t size) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < length; i++) {
    char byte = value[i];
    if (byte == '%') {
      if (i + 2 >= length) return 0;
      int32_t high = config_hex_digit(value[i + 1]);
      int32_t low = config_hex_digit(value[i + 2]);
      if (high < 0 || low < 0) return 0;
      byte = (char)(uint8_t)(high * 16 + low);
      i += 2;
    }
    if (count + 1 >= size) return 0;
    to[count++] = byte;
  }
  to[count] = 0;
  return 1;
}

int32_t store_read_wifi(struct store_wifi *wifi) {
  struct record record;
  struct line line;
  uint32_t length;
  int32_t found = 0;
  int32_t copy;
  wifi->ssid[0] = wifi->password[0] = 0;
  {
    struct store_config config;
    copy = config_newest(&config, &record);
  }
  if (copy < 0) return -1;
  uint32_t at = config_offset(copy) + CS_CONFIG_HEAD;
  uint32_t end = at + record.length;
  while (config_line(&at, end, &line)) {
    const char *value = config_value(&line, ssid_key, &length);
    if (value != 0) found = decode(value, length, wifi->ssid, sizeof wifi->ssid);
    value = config_value(&line, password_key, &length);
    if (value != 0 && !decode(value, length, wifi->password, sizeof wifi->password)) return -1;
  }
  return found && wifi->ssid[0] != 0 ? 0 : -1;
}

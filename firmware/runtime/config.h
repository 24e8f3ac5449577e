/* Inside of the configuration: what reading it (config.c) and changing it (wifi.c) share. */
#ifndef CADDYSHACK_CONFIG_H
#define CADDYSHACK_CONFIG_H

#include "record.h"
#include "store.h"

struct line {
  char text[CS_CONFIG_LINE_MAX];
  uint32_t length;
};

/* Where copy 0 or 1 lies. */
uint32_t config_offset(int32_t copy);
/* The copy that counts, read into `config`; -1 when neither is usable. `*record` is its head. */
int32_t config_newest(struct store_config *config, struct record *record);
/* The line at `*at`, without its end; `*at` moves behind it. 0 when there is none. */
int32_t config_line(uint32_t *at, uint32_t end, struct line *line);
/* The value when the line is that of `key`, else null. */
const char *config_value(const struct line *line, const char *key, uint32_t *length);
/* 0 to 15, -1 when it is none. */
int32_t config_hex_digit(char digit);

#endif

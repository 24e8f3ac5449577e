/* The payload of `info` (SPEC 2.5). What the board cannot measure is null. */
#include "abi.gen.h"
#include "device.gen.h"
#include "hal.h"
#include "runtime_parts.h"

static const char version[] = "0.1.0";

static const char *board;
static uint32_t second_ms;
static uint32_t uptime_s;

void info_start(const char *name, uint32_t now_ms) {
  board = name;
  second_ms = now_ms;
  uptime_s = 0;
}

void info_step(uint32_t now_ms) {
  /* No division: this runs in every pass, and the CPU has none. */
  while (now_ms - second_ms >= 1000) {
    second_ms += 1000;
    uptime_s++;
  }
}

static const char *reason_name(int32_t reason) {
  switch (reason) {
    case ABI_BOOT_POWER_ON: return "power-on";
    case ABI_BOOT_PIN: return "pin";
    case ABI_BOOT_SOFTWARE: return "software";
    case ABI_BOOT_WATCHDOG: return "watchdog";
    case ABI_BOOT_EXCEPTION: return "exception";
    case ABI_BOOT_TRAP: return "trap";
    default: return "swap";
  }
}

static void put_number(struct text *text, const char *name, int32_t value) {
  text_put(text, name);
  text_put_number(text, value);
}

static void put_figure(struct text *text, const char *name, int32_t what, int32_t unknown) {
  int32_t value = hal_figure(what);
  text_put(text, name);
  if (value == unknown) text_put(text, "null");
  else text_put_number(text, value);
}

static void put_note(struct text *text, const char *name, uint32_t code, const char **comma) {
  int32_t value = 0;
  if (!calls_note(code, &value)) return;
  text_put(text, *comma);
  text_put(text, name);
  text_put_number(text, value);
  *comma = ",";
}

static void put_notes(struct text *text) {
  const char *comma = "";
  text_put(text, ",\"notes\":{");
#define NOTE(name, code) put_note(text, "\"" #name "\":", code, &comma);
  ABI_NOTES(NOTE)
#undef NOTE
  if (life_boot_error() != 0) {
    text_put(text, comma);
    put_number(text, "\"boot_error\":", life_boot_error());
  }
  text_put(text, "}");
}

static void put_module(struct text *text) {
  int32_t slot = life_slot();
  if (slot == SLOT_NONE) {
    text_put(text, ",\"module\":null");
    return;
  }
  text_put(text, ",\"module\":\"");
  text_put_hex(text, life_info(slot)->sha256, 8);
  text_put(text, "\"");
}

static void put_slot(struct text *text) {
  int32_t slot = life_slot();
  if (slot == SLOT_NONE) {
    text_put(text, ",\"slot\":null,\"sequence\":null");
  } else {
    text_put(text, slot == SLOT_A ? ",\"slot\":\"a\"" : ",\"slot\":\"b\"");
    text_put(text, ",\"sequence\":");
    text_put_unsigned(text, life_info(slot)->sequence);
  }
  text_put(text, life_on_trial() ? ",\"trial\":true" : ",\"trial\":false");
  put_number(text, ",\"error\":", life_error());
}

void info_write(struct text *text) {
  put_number(text, "{\"abi\":", ABI_VERSION);
  put_module(text);
  text_put(text, ",\"runtime\":\"");
  text_put(text, version);
  text_put(text, "\",\"board\":\"");
  text_put(text, board);
  put_number(text, "\",\"slots\":", (int32_t)calls_slots());
  text_put(text, ",\"reset\":\"");
  text_put(text, reason_name(life_reason()));
  text_put(text, "\",\"uptime_s\":");
  text_put_unsigned(text, uptime_s);
  put_figure(text, ",\"heap_free\":", CS_FIGURE_HEAP_FREE, -1);
  put_figure(text, ",\"stack_free\":", CS_FIGURE_STACK_FREE, -1);
  put_figure(text, ",\"rssi\":", CS_FIGURE_RSSI, 0);
  put_figure(text, ",\"rail_mV\":", CS_FIGURE_RAIL, -1);
  put_notes(text);
  put_slot(text);
  text_put(text, "}");
}

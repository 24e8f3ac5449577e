/* Calls of the module in the order of ABI 1: a sample that is due comes before a call, a tick
 * behind it. Around each call stands the marker, so that a reset in the middle of one is
 * attributed. */
#include <string.h>

#include "abi.gen.h"
#include "clock.h"
#include "hal.h"
#include "host.h"
#include "marker.h"
#include "mqtt.h"
#include "ring.h"
#include "runtime_parts.h"

enum { NOTES = 8 };

static struct {
  uint8_t runs;
  uint8_t noted; /* a bit per code */
  uint32_t slots;
  uint32_t tick_ms;
  int32_t notes[NOTES];
} module;

/* --- imports --- */

static int32_t publish(const uint8_t *topic, uint32_t topic_length, const uint8_t *payload,
                       uint32_t payload_length, uint32_t flags) {
  int32_t retain = (flags & ABI_PUBLISH_RETAIN) != 0;
  int32_t result = mqtt_publish(topic, topic_length, payload, payload_length, retain);
  if (result == ABI_E_NO_ROOM) session_refused_room();
  return result < 0 ? result : ABI_OK;
}

static int32_t subscribe(const uint8_t *topic, uint32_t length) {
  int32_t result = mqtt_subscribe(topic, length);
  if (result == ABI_E_NO_ROOM) session_refused_room();
  return result < 0 ? result : ABI_OK;
}

static int32_t measure(int32_t what) {
  /* Below 0 are figures that are not the module's. */
  return what < 0 ? -1 : hal_figure(what);
}

static int32_t keep(int32_t which, const uint8_t *record, uint32_t length) {
  if (which == ABI_KEEP_HOT) return store_keep_hot(record, length);
  if (which != ABI_KEEP_DURABLE) return ABI_E_STORE;
  return store_keep_durable(marker_slot(), record, length);
}

static void note(int32_t code, int32_t value) {
  if (code < 0 || code >= NOTES) return;
  module.noted |= (uint8_t)(1u << code);
  module.notes[code] = value;
}

static void log_text(int32_t level, const uint8_t *text, uint32_t length) {
  hal_log(level, (const char *)text, length);
}

static const struct host_imports imports = {ring_shift, publish, subscribe, measure,
                                            keep,       note,    log_text};

/* --- the instance --- */

void calls_start(void) {
  memset(&module, 0, sizeof module);
}

int32_t calls_load(int32_t slot) {
  const struct store_slot *info = life_info(slot);
  marker_enter();
  int32_t error = host_load(store_module_offset(slot), info->length, &imports);
  marker_leave();
  return error;
}

int32_t calls_boot(int32_t slot, int32_t reason, int32_t *slots) {
  uint32_t size = 0;
  uint32_t base_length = 0;
  uint8_t *inbox = host_inbox(&size);
  const char *base = session_base(&base_length);
  uint32_t hot = store_read_hot(inbox, ABI_HOT_MAX);
  uint32_t durable = store_read_durable(slot, inbox + hot, ABI_DURABLE_MAX);
  memcpy(inbox + hot + durable, base, base_length);
  marker_enter();
  int32_t error = host_boot(reason, hot, durable, base_length, hal_now_ms(), slots);
  if (error == 0 && *slots >= 1) marker_set_slots((uint32_t)*slots);
  marker_leave();
  return error;
}

void calls_run(uint32_t slots) {
  module.runs = 1;
  module.slots = slots;
  ring_start_samples(slots, hal_now_ms());
}

void calls_go_on(void) {
  module.runs = 1;
  module.slots = marker_slots();
}

void calls_stop(void) {
  host_unload();
  ring_stop_samples();
  module.runs = 0;
  module.slots = 0;
}

int32_t calls_running(void) {
  return module.runs;
}

uint32_t calls_slots(void) {
  return module.slots;
}

int32_t calls_note(uint32_t code, int32_t *value) {
  if (code >= NOTES || (module.noted >> code & 1) == 0) return 0;
  *value = module.notes[code];
  return 1;
}

int32_t calls_suspend(uint32_t *length) {
  marker_enter();
  int32_t error = host_suspend(length);
  marker_leave();
  return error;
}

int32_t calls_resume(const uint8_t *state, uint32_t length) {
  uint32_t size = 0;
  uint32_t next_ms = 0;
  int32_t answer = 0;
  uint8_t *inbox = host_inbox(&size);
  if (length > size) return CS_ERROR_RESUME;
  memcpy(inbox, state, length);
  uint32_t now_ms = hal_now_ms();
  marker_enter();
  int32_t error = host_resume(length, now_ms, &answer);
  if (error == 0 && answer != ABI_OK) error = CS_ERROR_RESUME;
  if (error == 0) error = host_tick(now_ms, &next_ms);
  marker_leave();
  module.tick_ms = now_ms + next_ms;
  return error;
}

/* --- calls while it runs --- */

/* Whether the module lives on. */
static int32_t survived(int32_t error) {
  marker_leave();
  if (error != 0) life_failed(error);
  return error == 0;
}

void calls_tick(void) {
  uint32_t next_ms = 0;
  if (!module.runs) return;
  uint32_t now_ms = hal_now_ms();
  marker_enter();
  int32_t error = host_tick(now_ms, &next_ms);
  module.tick_ms = now_ms + next_ms;
  if (survived(error)) session_end_pass();
}

static void take_sample(void) {
  uint32_t count = 0;
  uint32_t size = 0;
  if (!module.runs) return;
  uint32_t now_ms = hal_now_ms();
  const uint8_t *sample = ring_take_sample(now_ms, &count);
  if (sample == NULL) return;
  memcpy(host_inbox(&size), sample, count);
  marker_enter();
  if (survived(host_inputs(count, now_ms))) calls_tick();
}

void calls_step(uint32_t now_ms) {
  take_sample();
  if (module.runs && clock_reached(now_ms, module.tick_ms)) calls_tick();
}

void calls_link(int32_t up) {
  take_sample();
  if (!module.runs) return;
  if (up) session_begin_link();
  marker_enter();
  if (survived(host_link(up, hal_now_ms()))) calls_tick();
}

void calls_message(const uint8_t *bytes, uint32_t topic, uint32_t payload, uint32_t flags) {
  uint32_t size = 0;
  take_sample();
  if (!module.runs) return;
  uint8_t *inbox = host_inbox(&size);
  uint32_t length = topic + payload;
  /* What was cut off is not in `bytes` either: its buffer has the size of the smallest inbox. */
  if ((flags & ABI_MESSAGE_TRUNCATED) != 0 || length > size) length = ABI_INBOX_MIN;
  memcpy(inbox, bytes, length);
  marker_enter();
  if (survived(host_message(topic, payload, flags, hal_now_ms()))) calls_tick();
}

uint32_t calls_wait_ms(uint32_t now_ms) {
  uint32_t sample_ms = ring_wait_ms(now_ms);
  if (!module.runs) return sample_ms;
  uint32_t tick_ms = clock_until(now_ms, module.tick_ms);
  return tick_ms < sample_ms ? tick_ms : sample_ms;
}

#include "module.h"

#include <string.h>

#include "hal.h"
#include "host.h"
#include "link.h"
#include "port.h"

/* What the last call came to, for the next NEXT. */
struct outcome {
  int32_t error;
  int32_t value;
  const void *bytes;
  uint32_t length;
};

struct call {
  uint8_t what;
  uint32_t arguments[4];
};

static int32_t publish(const uint8_t *topic, uint32_t topic_length, const uint8_t *payload,
                       uint32_t payload_length, uint32_t flags) {
  uint8_t head[3];
  head[0] = (uint8_t)flags;
  put_u16(head + 1, topic_length);
  struct link_part parts[] = {
    {head, sizeof head}, {topic, topic_length}, {payload, payload_length}};
  return link_number(FRAME_PUBLISH, parts, 3);
}

static int32_t subscribe(const uint8_t *topic, uint32_t length) {
  struct link_part part = {topic, length};
  return link_number(FRAME_SUBSCRIBE, &part, 1);
}

static int32_t measure(int32_t what) {
  uint8_t head[4];
  put_u32(head, (uint32_t)what);
  struct link_part part = {head, sizeof head};
  return link_number(FRAME_MEASURE, &part, 1);
}

static int32_t keep(int32_t which, const uint8_t *record, uint32_t length) {
  uint8_t head[4];
  put_u32(head, (uint32_t)which);
  struct link_part parts[] = {{head, sizeof head}, {record, length}};
  return link_number(FRAME_KEEP, parts, 2);
}

static void note(int32_t code, int32_t value) {
  uint8_t head[8];
  put_u32(head, (uint32_t)code);
  put_u32(head + 4, (uint32_t)value);
  struct link_part part = {head, sizeof head};
  link_tell(FRAME_NOTE, &part, 1);
}

static void log_text(int32_t level, const uint8_t *text, uint32_t length) {
  hal_log(level, (const char *)text, length);
}

static const struct host_imports imports = {hal_shift, publish, subscribe, measure,
                                            keep,      note,    log_text};

/* Tells how the last call went and takes the next one; its bytes go to the inbox. */
static struct call next_call(const struct outcome *outcome) {
  uint8_t told[8];
  uint8_t head[1 + 16];
  uint32_t size = 0;
  uint8_t *inbox = host_inbox(&size);
  put_u32(told, (uint32_t)outcome->error);
  put_u32(told + 4, (uint32_t)outcome->value);
  struct link_part parts[] = {{told, sizeof told}, {outcome->bytes, outcome->length}};
  struct frame_sink sinks[] = {{head, sizeof head}, {inbox, inbox ? size : 0}};
  if (link_ask(FRAME_NEXT, parts, 2, sinks, 2) < sizeof head) port_exit(1);
  struct call call = {head[0], {0, 0, 0, 0}};
  for (uint32_t i = 0; i < 4; i++) call.arguments[i] = get_u32(head + 1 + 4 * i);
  return call;
}

static void load(const uint32_t *arguments, struct outcome *outcome) {
  uint32_t size = 0;
  outcome->error = host_load(arguments[0], arguments[1], &imports);
  if (outcome->error == 0) host_inbox(&size);
  outcome->value = (int32_t)size;
}

static void suspend(struct outcome *outcome) {
  uint32_t size = 0;
  outcome->error = host_suspend(&outcome->length);
  if (outcome->error != 0) outcome->length = 0;
  outcome->value = (int32_t)outcome->length;
  outcome->bytes = host_inbox(&size);
}

static void say_error(struct outcome *outcome) {
  outcome->bytes = host_error_text();
  outcome->length = (uint32_t)strlen(outcome->bytes);
}

static void tick(uint32_t now_ms, struct outcome *outcome) {
  uint32_t next_ms = 0;
  outcome->error = host_tick(now_ms, &next_ms);
  outcome->value = (int32_t)next_ms;
}

static void run_export(const struct call *call, uint32_t now_ms, struct outcome *outcome) {
  const uint32_t *a = call->arguments;
  switch (call->what) {
    case FRAME_CALL_BOOT:
      outcome->error = host_boot((int32_t)a[0], a[1], a[2], a[3], now_ms, &outcome->value);
      break;
    case FRAME_CALL_LINK:
      outcome->error = host_link((int32_t)a[0], now_ms);
      break;
    case FRAME_CALL_MESSAGE:
      outcome->error = host_message(a[0], a[1], a[2], now_ms);
      break;
    case FRAME_CALL_INPUTS:
      outcome->error = host_inputs(a[0], now_ms);
      break;
    case FRAME_CALL_TICK:
      tick(now_ms, outcome);
      break;
    case FRAME_CALL_SUSPEND:
      suspend(outcome);
      break;
    case FRAME_CALL_RESUME:
      outcome->error = host_resume(a[0], now_ms, &outcome->value);
      break;
    default:
      port_exit(1);
  }
}

static void serve(const struct call *call, struct outcome *outcome) {
  memset(outcome, 0, sizeof *outcome);
  switch (call->what) {
    case FRAME_CALL_LOAD:
      load(call->arguments, outcome);
      break;
    case FRAME_CALL_UNLOAD:
      host_unload();
      break;
    case FRAME_CALL_TEXT:
      say_error(outcome);
      break;
    case FRAME_CALL_STATS:
      framed_stats();
      break;
    case FRAME_CALL_EXIT:
      port_exit(0);
    default:
      run_export(call, hal_now_ms(), outcome);
  }
}

void module_main(void) {
  struct outcome outcome = {0, 0, 0, 0};
  for (;;) {
    struct call call = next_call(&outcome);
    serve(&call, &outcome);
  }
}

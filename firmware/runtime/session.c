/* The session with the broker as the module and its readers see it: `status`, `info`, the topics of
 * the module update, and when the module is told. */
#include <string.h>

#include "abi.gen.h"
#include "clock.h"
#include "hal.h"
#include "mqtt.h"
#include "runtime_parts.h"
#include "update.h"

static const char root[] = "caddyshack/";
static const char status_name[] = "/status";
static const char module_name[] = "/module/";

enum { BASE_SIZE = sizeof root + 80, INFO_SIZE = 448, SUFFIX_SIZE = 16 };

/* `<base>/status`; the base is its beginning. */
static char status_topic[BASE_SIZE + sizeof status_name];
static uint32_t base_length;
static uint8_t receive_buffer[ABI_INBOX_MIN];

enum status { STATUS_NONE, STATUS_OFFLINE, STATUS_ONLINE };

static struct {
  uint8_t told;      /* the module was told of this session */
  uint8_t linking;   /* it still sends what link(1) made it send */
  uint8_t refused;   /* it was refused room in this pass */
  uint8_t announced; /* `online` was sent, or is about to be */
  uint8_t status_due;
  uint8_t info_due;
  uint8_t went_up;
  uint8_t subscribed; /* to the topics of the module update */
  uint32_t info_ms;
} session;

static const char offline[] = "offline";
static const char online[] = "online";

static void forget(void) {
  memset(&session, 0, sizeof session);
  mqtt_mark(0);
}

/* --- what the runtime itself publishes and subscribes to --- */

/* A topic below the base, in a buffer of the caller's; answers its length. */
static uint32_t topic_of(char to[BASE_SIZE + SUFFIX_SIZE], const char *suffix) {
  struct text text = {to, BASE_SIZE + SUFFIX_SIZE, base_length};
  memcpy(to, status_topic, base_length);
  text_put(&text, suffix);
  return text.length;
}

static int32_t publish(const char *suffix, const char *payload, uint32_t length, int32_t retain) {
  char topic[BASE_SIZE + SUFFIX_SIZE];
  uint32_t topic_length = topic_of(topic, suffix);
  return mqtt_publish((const uint8_t *)topic, topic_length, (const uint8_t *)payload, length,
                      retain) >= 0;
}

static int32_t publish_info(void) {
  char json[INFO_SIZE];
  struct text text = {json, sizeof json, 0};
  info_write(&text);
  return publish("/info", json, text.length, 1);
}

static int32_t answer_update(const char *json, uint32_t length) {
  return publish("/module/result", json, length, 0);
}

/* At the beginning of a session, when there is room. */
static void subscribe_updates(void) {
  char topic[BASE_SIZE + SUFFIX_SIZE];
  if (session.subscribed) return;
  uint32_t length = topic_of(topic, "/module/+");
  session.subscribed = mqtt_subscribe((const uint8_t *)topic, length) >= 0;
}

/* --- events of the client --- */

static void up(void) {
  forget();
  session.info_ms = hal_now_ms() + CS_INFO_PERIOD_MS;
  session.went_up = 1;
}

static void down(void) {
  forget();
  calls_link(0);
}

static uint8_t *buffer(uint32_t *size) {
  *size = sizeof receive_buffer;
  return receive_buffer;
}

uint8_t *session_borrow_buffer(uint32_t *size) {
  *size = sizeof receive_buffer;
  return mqtt_receiving() ? NULL : receive_buffer;
}

/* Whether the topic is one of the module update; then its last part follows `*skip` bytes. */
static int32_t is_update(uint32_t topic, uint32_t *skip) {
  uint32_t name = sizeof module_name - 1;
  *skip = base_length + name;
  return topic > *skip && memcmp(receive_buffer, status_topic, base_length) == 0 &&
         memcmp(receive_buffer + base_length, module_name, name) == 0;
}

static void message(uint32_t topic, uint32_t payload, uint32_t flags) {
  uint32_t skip = 0;
  if (is_update(topic, &skip)) {
    update_message((const char *)receive_buffer + skip, topic - skip, receive_buffer + topic,
                   payload, flags);
  } else {
    calls_message(receive_buffer, topic, payload, flags);
  }
}

static const struct mqtt_events events = {up, down, message, buffer};

/* --- the module's side --- */

void session_booted(void) {
  /* Of one that begins in this very step it is told there. */
  if (mqtt_is_up() && !session.went_up) calls_link(1);
}

void session_begin_link(void) {
  session.told = 1;
  session.linking = 1;
  session.refused = 0;
  mqtt_mark(1);
  subscribe_updates();
}

void session_refused_room(void) {
  session.refused = 1;
}

void session_end_pass(void) {
  if (session.linking && !session.refused) {
    session.linking = 0;
    mqtt_mark(0);
  }
  session.refused = 0;
}

void session_module_down(void) {
  if (!mqtt_is_up()) return;
  session.told = 0;
  session.linking = 0;
  session.announced = 0;
  mqtt_mark(0);
  subscribe_updates();
  session.status_due = STATUS_OFFLINE;
  session.info_due = 1;
}

void session_info_changed(void) {
  if (session.announced) session.info_due = 1;
}

int32_t session_online(void) {
  return session.announced && session.status_due == STATUS_NONE;
}

/* `online` once every packet that link(1) made the module send was acknowledged. */
static void announce(uint32_t now_ms) {
  if (session.announced || !session.told || session.linking || mqtt_marked() > 0) return;
  if (!calls_running()) return;
  session.announced = 1;
  session.status_due = STATUS_ONLINE;
  session.info_due = 1;
  session.info_ms = now_ms + CS_INFO_PERIOD_MS;
}

static void publish_due(uint32_t now_ms) {
  if (clock_reached(now_ms, session.info_ms)) {
    session.info_due = 1;
    session.info_ms += CS_INFO_PERIOD_MS;
  }
  if (session.info_due && publish_info()) session.info_due = 0;
  if (session.info_due || session.status_due == STATUS_NONE) return;
  const char *word = session.status_due == STATUS_ONLINE ? online : offline;
  if (publish(status_name, word, (uint32_t)strlen(word), 1)) session.status_due = STATUS_NONE;
}

uint32_t session_step(uint32_t now_ms) {
  uint32_t wait_ms = mqtt_step(now_ms);
  if (session.went_up) {
    session.went_up = 0;
    if (calls_running()) calls_link(1);
    else session_module_down();
  }
  if (!mqtt_is_up()) return wait_ms;
  announce(now_ms);
  publish_due(now_ms);
  update_poll();
  return wait_ms;
}

/* --- start --- */

const char *session_base(uint32_t *length) {
  *length = base_length;
  return status_topic;
}

void session_start(const struct store_config *config, uint32_t now_ms) {
  static struct mqtt_login login;
  static struct update_port port;
  struct text text = {status_topic, sizeof status_topic - 1, 0};
  memset(&session, 0, sizeof session);
  text_put(&text, root);
  text_put(&text, config->account);
  base_length = text.length;
  text_put(&text, status_name);
  status_topic[text.length] = 0;
  login = (struct mqtt_login){config->broker, config->port,   config->account, config->account,
                              config->password, status_topic, offline};
  port = (struct update_port){config, life_slot, answer_update, swap_ask};
  mqtt_start(&login, &events, now_ms);
  update_start(&port);
}

/* Generated from firmware/abi.md by `npm run gen`. Do not edit. */
#ifndef CADDYSHACK_ABI_H
#define CADDYSHACK_ABI_H

#define ABI_VERSION 1 /* what `abi()` answers */
#define ABI_LINEAR_MEMORY_MAX 4096 /* bytes of linear memory the logic may use */
#define ABI_MODULE_MAX 6144 /* bytes of `backplane.wasm` */
#define ABI_INBOX_MIN 1024 /* least size of the inbox in bytes */
#define ABI_HOT_MAX 320 /* largest hot record in bytes */
#define ABI_DURABLE_MAX 512 /* largest durable record in bytes */
#define ABI_BASE_MAX 80 /* longest base topic in bytes */
#define ABI_SAMPLE_MS 10 /* the runtime samples the inputs this often */
#define ABI_SHIFT_LOAD 1 /* flag of `shift`: pulse LOAD_N before shifting */
#define ABI_SHIFT_LATCH 2 /* flag of `shift`: pulse LATCH after shifting */
#define ABI_PUBLISH_RETAIN 1 /* flag of `publish` */
#define ABI_MESSAGE_RETAIN 1 /* flag of `message`: delivered with RETAIN */
#define ABI_MESSAGE_DUP 2 /* flag of `message`: delivered with DUP */
#define ABI_MESSAGE_TRUNCATED 4 /* flag of `message`: the payload did not fit; payloadLen stays true */
#define ABI_KEEP_HOT 0 /* `keep`: RTC memory, survives every reset but loss of power */
#define ABI_KEEP_DURABLE 1 /* `keep`: flash, survives everything */
#define ABI_MEASURE_RAIL 0 /* `measure`: the 5 V rail in mV; n = slot n in mA */
#define ABI_OK 0 /* success of `publish`, `subscribe`, `keep`, `resume` */
#define ABI_E_NOT_LINKED (-1) /* no session with the broker; nothing was queued */
#define ABI_E_NO_ROOM (-2) /* the outgoing buffer is full; try again */
#define ABI_E_TOO_LONG (-3) /* longer than the runtime can ever send or keep */
#define ABI_E_STORE (-4) /* the record could not be written */
#define ABI_E_RING (-5) /* `boot`: the chain does not answer: no marker, or not between 1 and 4 slots */
#define ABI_E_BASE (-6) /* `boot`: the base topic is empty or longer than BASE_MAX */
#define ABI_E_RECORD (-7) /* `resume`: unknown version, wrong length or wrong check */

#define ABI_BOOT_POWER_ON 0 /* cold start: restore policies apply */
#define ABI_BOOT_PIN 1 /* reset pin */
#define ABI_BOOT_SOFTWARE 2 /* restart asked for by software */
#define ABI_BOOT_WATCHDOG 3 /* hardware or software watchdog */
#define ABI_BOOT_EXCEPTION 4 /* the CPU faulted */
#define ABI_BOOT_TRAP 5 /* a fresh instance after the module trapped; the ESP was not reset */
#define ABI_BOOT_SWAP 6 /* a fresh instance of another module that could not resume */

#define ABI_NOTE_RING_ERRORS 1 /* writes refused because the ring did not return what was sent */
#define ABI_NOTE_BAD_RECORDS 3 /* kept records (a slot's block, the configuration) that were unusable at boot */
#define ABI_NOTE_FAULTS 4 /* power faults since boot */
#define ABI_NOTE_REFUSED 6 /* messages refused since boot */

/* Notes by name, as info shows them: X(name, code). */
#define ABI_NOTES(X) X(ring_errors, 1) X(bad_records, 3) X(faults, 4) X(refused, 6)

/* Imports of module hal: X(name, signature in Wasm3's notation). */
#define ABI_IMPORTS(X) \
  X(shift, "v(iiii)") /* void shift(uint32_t out, uint32_t back, int32_t count, int32_t flags) */ \
  X(publish, "i(iiiii)") /* int32_t publish(uint32_t topic, int32_t topicLen, uint32_t payload, int32_t payloadLen, int32_t flags) */ \
  X(subscribe, "i(ii)") /* int32_t subscribe(uint32_t topic, int32_t len) */ \
  X(measure, "i(i)") /* int32_t measure(int32_t what) */ \
  X(keep, "i(iii)") /* int32_t keep(int32_t which, uint32_t ptr, int32_t len) */ \
  X(note, "v(ii)") /* void note(int32_t code, int32_t value) */ \
  X(log, "v(iii)") /* void log(int32_t level, uint32_t ptr, int32_t len) */

/* Exports: X(name, signature in Wasm3's notation). */
#define ABI_EXPORTS(X) \
  X(abi, "i()") /* int32_t abi(void) */ \
  X(inbox, "i()") /* uint32_t inbox(void) */ \
  X(inboxSize, "i()") /* int32_t inboxSize(void) */ \
  X(boot, "i(iiiii)") /* int32_t boot(int32_t reason, int32_t hotLen, int32_t durableLen, int32_t baseLen, int32_t nowMs) */ \
  X(link, "v(ii)") /* void link(int32_t up, int32_t nowMs) */ \
  X(message, "v(iiii)") /* void message(int32_t topicLen, int32_t payloadLen, int32_t flags, int32_t nowMs) */ \
  X(inputs, "v(ii)") /* void inputs(int32_t count, int32_t nowMs) */ \
  X(tick, "i(i)") /* int32_t tick(int32_t nowMs) */ \
  X(suspend, "i()") /* int32_t suspend(void) */ \
  X(resume, "i(ii)") /* int32_t resume(int32_t len, int32_t nowMs) */

#endif

/* One instance of the module under Wasm3: loading it, calling it, unloading it. What a module must
 * be to run at all is checked in host_check.c, its imports are in host_imports.c. */
#include "host.h"

#include <stddef.h>
#include <stdlib.h>

#include "abi.gen.h"
#include "device.gen.h"
#include "hal.h"
#include "host_parts.h"

/* Bytes of Wasm3's own stack. The deepest call of today's module needs 656. */
enum { WASM_STACK = 1024 };

#define EXPORT_INDEX(name, signature) EXPORT_##name,
enum { ABI_EXPORTS(EXPORT_INDEX) EXPORT_COUNT };
#undef EXPORT_INDEX

static struct {
  IM3Environment environment;
  IM3Runtime runtime;
  IM3Function exports[EXPORT_COUNT];
  uint32_t inbox;
  uint32_t inbox_size;
} host;

static const char *error_text = "";

const char *host_error_text(void) {
  return error_text;
}

int32_t host_failed(int32_t error, const char *text) {
  error_text = text == NULL ? "" : text;
  return error;
}

/* Calls an export; its answer goes to `answer` when that is not null. */
static int32_t call(int32_t which, const uint32_t *arguments, int32_t *answer) {
  IM3Function function = host.exports[which];
  const void *pointers[5];
  uint32_t count = m3_GetArgCount(function);
  for (uint32_t at = 0; at < count; at++) pointers[at] = &arguments[at];
  M3Result result = m3_Call(function, count, pointers);
  const void *answers[1] = {answer};
  if (result == NULL && answer != NULL) result = m3_GetResults(function, 1, answers);
  if (result != NULL) return host_failed(CS_ERROR_TRAP, result);
  /* Nobody gave it more: what it takes for memory now is not there. */
  if (host.runtime->memory.numPages != 1) return host_failed(CS_ERROR_TRAP, "memory grew");
  return 0;
}

static int32_t find_exports(IM3Module module) {
#define FIND(name, signature)                                                            \
  {                                                                                      \
    int32_t error = host_find_export(module, #name, signature, &host.exports[EXPORT_##name]); \
    if (error != 0) return error;                                                        \
  }
  ABI_EXPORTS(FIND)
#undef FIND
  return host_has_memory(module) ? 0 : host_failed(CS_ERROR_EXPORT, "memory");
}

/* Names are needed until everything is linked. */
static void drop_names(IM3Module module) {
  for (uint32_t at = 0; at < module->numFunctions; at++) {
    M3Function *function = &module->functions[at];
    if (function->names[0] != function->import.fieldUtf8) free((void *)function->names[0]);
    FreeImportInfo(&function->import);
    function->names[0] = NULL;
    function->export_name = NULL;
    function->numNames = 0;
  }
  free(module->dataSegments);
  module->dataSegments = NULL;
  module->numDataSegments = 0;
}

static int32_t ask_module(void) {
  int32_t version = 0;
  int32_t inbox = 0;
  int32_t size = 0;
  int32_t error = call(EXPORT_abi, NULL, &version);
  if (error == 0 && version != ABI_VERSION) error = host_failed(CS_ERROR_ABI, "abi()");
  if (error == 0) error = call(EXPORT_inbox, NULL, &inbox);
  if (error == 0) error = call(EXPORT_inboxSize, NULL, &size);
  if (error != 0) return error;
  uint32_t length = m3_GetMemorySize(host.runtime);
  host.inbox = (uint32_t)inbox;
  host.inbox_size = (uint32_t)size;
  if (size < ABI_INBOX_MIN || host.inbox > length || host.inbox_size > length - host.inbox) {
    return host_failed(CS_ERROR_MEMORY, "inbox");
  }
  return 0;
}

static int32_t start_runtime(void) {
  host.environment = m3_NewEnvironment();
  if (host.environment == NULL) return host_failed(CS_ERROR_COMPILE, "no memory");
  host.runtime = m3_NewRuntime(host.environment, WASM_STACK, NULL);
  if (host.runtime == NULL) return host_failed(CS_ERROR_COMPILE, "no memory");
  host.runtime->memoryLimit = ABI_LINEAR_MEMORY_MAX;
  return 0;
}

static int32_t out_of_memory(M3Result result) {
  return result == m3Err_mallocFailed || result == m3Err_mallocFailedCodePage;
}

/* From here on the runtime owns the module. */
static int32_t hand_over(IM3Module module) {
  M3Result result = m3_LoadModule(host.runtime, module);
  if (result == NULL) return 0;
  m3_FreeModule(module);
  return host_failed(out_of_memory(result) ? CS_ERROR_COMPILE : CS_ERROR_MEMORY, result);
}

static int32_t build(const uint8_t *bytes, uint32_t length, const struct host_imports *imports) {
  int32_t error = start_runtime();
  if (error != 0) return error;
  IM3Module module = NULL;
  M3Result result = m3_ParseModule(host.environment, &module, bytes, length);
  if (result != NULL) {
    return host_failed(out_of_memory(result) ? CS_ERROR_COMPILE : CS_ERROR_NOT_WASM, result);
  }
  error = host_check_imports(module);
  if (error == 0) error = host_check_memory(module);
  if (error == 0) error = find_exports(module);
  if (error != 0) {
    m3_FreeModule(module);
    return error;
  }
  error = hand_over(module);
  if (error == 0) error = host_link_imports(module, imports);
  if (error != 0) return error;
  /* Before the code needs the room. */
  drop_names(module);
  result = m3_CompileModule(module);
  return result == NULL ? 0 : host_failed(CS_ERROR_COMPILE, result);
}

int32_t host_load(uint32_t flash_offset, uint32_t length, const struct host_imports *imports) {
  host_unload();
  error_text = "";
  if (length == 0) return host_failed(CS_ERROR_NOT_WASM, "empty");
  if (length > ABI_MODULE_MAX) return host_failed(CS_ERROR_TOO_LONG, "longer than 6144 bytes");
  uint8_t *bytes = malloc(length);
  if (bytes == NULL) return host_failed(CS_ERROR_COMPILE, "no memory");
  int32_t error = 0;
  if (hal_read(HAL_FLASH, flash_offset, bytes, length) != 0) {
    error = host_failed(CS_ERROR_NOT_WASM, "flash");
  }
  if (error == 0) error = build(bytes, length, imports);
  free(bytes);
  if (error == 0) error = ask_module();
  if (error != 0) host_unload();
  return error;
}

void host_unload(void) {
  m3_FreeRuntime(host.runtime);
  m3_FreeEnvironment(host.environment);
  host.runtime = NULL;
  host.environment = NULL;
  host.inbox_size = 0;
}

int32_t host_loaded(void) {
  return host.inbox_size > 0;
}

uint8_t *host_inbox(uint32_t *size) {
  *size = host.inbox_size;
  if (host.inbox_size == 0) return NULL;
  return m3_GetMemory(host.runtime, NULL, 0) + host.inbox;
}

int32_t host_boot(int32_t reason, uint32_t hot, uint32_t durable, uint32_t base, uint32_t now_ms,
                  int32_t *slots) {
  const uint32_t arguments[] = {(uint32_t)reason, hot, durable, base, now_ms};
  int32_t error = call(EXPORT_boot, arguments, slots);
  if (error != 0 || *slots == ABI_E_RING || *slots == ABI_E_BASE) return error;
  return *slots >= 1 && *slots <= HOST_SLOTS_MAX ? 0 : host_failed(CS_ERROR_ANSWER, "boot");
}

int32_t host_link(int32_t up, uint32_t now_ms) {
  const uint32_t arguments[] = {(uint32_t)up, now_ms};
  return call(EXPORT_link, arguments, NULL);
}

int32_t host_message(uint32_t topic, uint32_t payload, uint32_t flags, uint32_t now_ms) {
  const uint32_t arguments[] = {topic, payload, flags, now_ms};
  return call(EXPORT_message, arguments, NULL);
}

int32_t host_inputs(uint32_t count, uint32_t now_ms) {
  const uint32_t arguments[] = {count, now_ms};
  return call(EXPORT_inputs, arguments, NULL);
}

int32_t host_tick(uint32_t now_ms, uint32_t *next_ms) {
  int32_t answer = 0;
  int32_t error = call(EXPORT_tick, &now_ms, &answer);
  if (error != 0) return error;
  *next_ms = (uint32_t)answer;
  return answer >= 1 && answer <= HOST_TICK_MAX_MS ? 0 : host_failed(CS_ERROR_ANSWER, "tick");
}

int32_t host_suspend(uint32_t *length) {
  int32_t answer = 0;
  int32_t error = call(EXPORT_suspend, NULL, &answer);
  if (error != 0) return error;
  *length = (uint32_t)answer;
  if (answer >= 0 && *length <= host.inbox_size) return 0;
  return host_failed(CS_ERROR_ANSWER, "suspend");
}

int32_t host_resume(uint32_t length, uint32_t now_ms, int32_t *answer) {
  const uint32_t arguments[] = {length, now_ms};
  int32_t error = call(EXPORT_resume, arguments, answer);
  if (error != 0 || *answer == ABI_OK || *answer == ABI_E_RECORD) return error;
  return host_failed(CS_ERROR_ANSWER, "resume");
}

/* The imports of ABI 1 as Wasm3 calls them: arguments from its stack, pointers checked against the
 * linear memory. A pointer outside is a trap. */
#include <stddef.h>

#include "abi.gen.h"
#include "device.gen.h"
#include "host_parts.h"

static const struct host_imports *imports;

/* Every value takes 64 bits on Wasm3's stack. */
static uint32_t value(const uint64_t *stack, uint32_t at) {
  return (uint32_t)stack[at];
}

static int32_t inside(IM3Runtime runtime, uint32_t from, uint32_t length) {
  uint32_t size = m3_GetMemorySize(runtime);
  return from <= size && length <= size - from;
}

static void answer(uint64_t *stack, int32_t result) {
  *(int32_t *)stack = result;
}

#define IMPORT(name)                                                                       \
  static const void *import_##name(IM3Runtime runtime, IM3ImportContext context, uint64_t *stack, \
                                   void *memory)

#define UNUSED(name) (void)(name)
#define OUTSIDE m3Err_trapOutOfBoundsMemoryAccess

IMPORT(shift) {
  UNUSED(context);
  uint32_t out = value(stack, 0);
  uint32_t back = value(stack, 1);
  uint32_t count = value(stack, 2);
  if (!inside(runtime, out, count) || !inside(runtime, back, count)) return OUTSIDE;
  uint8_t *bytes = memory;
  imports->shift(bytes + out, bytes + back, count, value(stack, 3));
  return NULL;
}

/* The first of the stack's values is the place of the result, where there is one. */
IMPORT(publish) {
  UNUSED(context);
  uint32_t topic = value(stack, 1);
  uint32_t topic_length = value(stack, 2);
  uint32_t payload = value(stack, 3);
  uint32_t payload_length = value(stack, 4);
  if (!inside(runtime, topic, topic_length)) return OUTSIDE;
  if (!inside(runtime, payload, payload_length)) return OUTSIDE;
  const uint8_t *bytes = memory;
  answer(stack, imports->publish(bytes + topic, topic_length, bytes + payload, payload_length,
                                 value(stack, 5)));
  return NULL;
}

IMPORT(subscribe) {
  UNUSED(context);
  uint32_t topic = value(stack, 1);
  uint32_t length = value(stack, 2);
  if (!inside(runtime, topic, length)) return OUTSIDE;
  answer(stack, imports->subscribe((const uint8_t *)memory + topic, length));
  return NULL;
}

IMPORT(measure) {
  UNUSED(runtime);
  UNUSED(context);
  UNUSED(memory);
  answer(stack, imports->measure((int32_t)value(stack, 1)));
  return NULL;
}

IMPORT(keep) {
  UNUSED(context);
  uint32_t record = value(stack, 2);
  uint32_t length = value(stack, 3);
  if (!inside(runtime, record, length)) return OUTSIDE;
  answer(stack, imports->keep((int32_t)value(stack, 1), (const uint8_t *)memory + record, length));
  return NULL;
}

IMPORT(note) {
  UNUSED(runtime);
  UNUSED(context);
  UNUSED(memory);
  imports->note((int32_t)value(stack, 0), (int32_t)value(stack, 1));
  return NULL;
}

IMPORT(log) {
  UNUSED(context);
  uint32_t text = value(stack, 1);
  uint32_t length = value(stack, 2);
  if (!inside(runtime, text, length)) return OUTSIDE;
  imports->log((int32_t)value(stack, 0), (const uint8_t *)memory + text, length);
  return NULL;
}

int32_t host_link_imports(IM3Module module, const struct host_imports *wanted) {
  imports = wanted;
#define LINK(name, signature)                                                                \
  {                                                                                          \
    M3Result result = m3_LinkRawFunction(module, "hal", #name, signature, import_##name);    \
    if (result != NULL && result != m3Err_functionLookupFailed) {                            \
      return host_failed(CS_ERROR_COMPILE, result);                                          \
    }                                                                                        \
  }
  ABI_IMPORTS(LINK)
#undef LINK
  return 0;
}

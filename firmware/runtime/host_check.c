/* What a module must be before anything of it may run: imports, exports and memory of ABI 1.
 * Exports are looked up in the bytes, since Wasm3 keeps one name per function only, and compilers
 * let exports share a body. */
#include <string.h>

#include "abi.gen.h"
#include "device.gen.h"
#include "host_parts.h"

enum { SECTION_EXPORT = 7, KIND_FUNCTION = 0, KIND_MEMORY = 2 };

int32_t host_has_signature(IM3Function function, const char *signature) {
  IM3FuncType type = function->funcType;
  uint32_t results = signature[0] == 'v' ? 0 : 1;
  /* Behind the letter of the result and between two brackets. */
  uint32_t arguments = (uint32_t)strlen(signature) - 3;
  if (type->numRets != results || type->numArgs != arguments) return 0;
  for (uint32_t at = 0; at < results + arguments; at++) {
    if (type->types[at] != c_m3Type_i32) return 0;
  }
  return 1;
}

/* The signature of an import of ABI 1, null for any other name. */
static const char *import_signature(const M3ImportInfo *import) {
  if (import->moduleUtf8 == NULL || strcmp(import->moduleUtf8, "hal") != 0) return NULL;
#define MATCH(name, signature) \
  if (strcmp(import->fieldUtf8, #name) == 0) return signature;
  ABI_IMPORTS(MATCH)
#undef MATCH
  return NULL;
}

int32_t host_check_imports(IM3Module module) {
  if (module->memoryImported) return host_failed(CS_ERROR_IMPORT, "memory");
  for (uint32_t at = 0; at < module->numGlobals; at++) {
    if (module->globals[at].imported) return host_failed(CS_ERROR_IMPORT, "global");
  }
  for (uint32_t at = 0; at < module->numFuncImports; at++) {
    IM3Function function = &module->functions[at];
    const char *signature = import_signature(&function->import);
    if (signature == NULL) return host_failed(CS_ERROR_IMPORT, "import");
    if (!host_has_signature(function, signature)) {
      return host_failed(CS_ERROR_IMPORT_TYPE, "type of an import");
    }
  }
  return 0;
}

int32_t host_check_memory(IM3Module module) {
  /* A page has 64 KiB, so one is what every module must ask for. */
  return module->memoryInfo.initPages == 1 ? 0 : host_failed(CS_ERROR_MEMORY, "pages");
}

/* Where the entries of the export section begin, and how many there are. The section was parsed
 * before, so its lengths are right. */
static uint32_t open_exports(IM3Module module, bytes_t *at) {
  const uint8_t *end = module->wasmEnd;
  /* Behind the magic number and the version. */
  *at = module->wasmStart + 8;
  while (*at < end) {
    uint8_t section = 0;
    uint32_t size = 0;
    if (ReadLEB_u7(&section, at, end) != NULL || ReadLEB_u32(&size, at, end) != NULL) return 0;
    if (section == SECTION_EXPORT) {
      uint32_t count = 0;
      return ReadLEB_u32(&count, at, end) == NULL ? count : 0;
    }
    *at += size;
  }
  return 0;
}

/* Index of an export of this name and kind, -1 when there is none. */
static int32_t export_index(IM3Module module, const char *name, uint8_t wanted) {
  const uint8_t *end = module->wasmEnd;
  uint32_t length = (uint32_t)strlen(name);
  bytes_t at = NULL;
  for (uint32_t count = open_exports(module, &at); count > 0; count--) {
    uint32_t size = 0;
    uint32_t index = 0;
    uint8_t kind = 0;
    if (ReadLEB_u32(&size, &at, end) != NULL) return -1;
    const uint8_t *text = at;
    at += size;
    if (Read_u8(&kind, &at, end) != NULL || ReadLEB_u32(&index, &at, end) != NULL) return -1;
    if (kind == wanted && size == length && memcmp(text, name, length) == 0) return (int32_t)index;
  }
  return -1;
}

int32_t host_has_memory(IM3Module module) {
  return export_index(module, "memory", KIND_MEMORY) == 0;
}

int32_t host_find_export(IM3Module module, const char *name, const char *signature,
                         IM3Function *function) {
  int32_t index = export_index(module, name, KIND_FUNCTION);
  if (index < 0) return host_failed(CS_ERROR_EXPORT, name);
  *function = Module_GetFunction(module, (u32)index);
  if (*function != NULL && host_has_signature(*function, signature)) return 0;
  return host_failed(CS_ERROR_EXPORT_TYPE, name);
}

/* What the host's own files share. Nobody else includes this, or anything of Wasm3. */
#ifndef CADDYSHACK_HOST_PARTS_H
#define CADDYSHACK_HOST_PARTS_H

#include <stdint.h>

#include "host.h"
#include "m3_env.h"

/* Remembers the text and answers the error. */
int32_t host_failed(int32_t error, const char *text);

/* Before anything of the module runs. 0 or a CS_ERROR_*. */
int32_t host_check_imports(IM3Module module);
int32_t host_check_memory(IM3Module module);
int32_t host_link_imports(IM3Module module, const struct host_imports *imports);

/* 0, CS_ERROR_EXPORT or CS_ERROR_EXPORT_TYPE. Signatures in Wasm3's notation. */
int32_t host_find_export(IM3Module module, const char *name, const char *signature,
                         IM3Function *function);
/* Whether the linear memory is exported as `memory`. */
int32_t host_has_memory(IM3Module module);
/* Whether a function has this signature. */
int32_t host_has_signature(IM3Function function, const char *signature);

#endif

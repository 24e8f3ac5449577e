/* Wasm3's m3_compile.c with its tables of operations in flash: only the compiler reads them. Compiled
 * instead of that file, on every board. */
#include "flash_data.h"
#include "m3_compile.h"

extern const M3OpInfo c_operations[] CS_IN_FLASH(operations);
extern const M3OpInfo c_operationsFC[] CS_IN_FLASH(operations_fc);

#include <m3_compile.c>

/* Wasm3's m3_core.c with the texts of its errors in flash. Compiled instead of that file, on
 * every board. Included first and without being asked to define them, wasm3.h only declares the
 * errors, and its guard keeps it so. */
#include "wasm3.h"

#include "flash_data.h"

#define ERROR(name, text)                                  \
  static const char name##_text[] CS_IN_FLASH(name) = text; \
  const M3Result m3Err_##name CS_IN_FLASH(error_##name) = name##_text;

const M3Result m3Err_none = NULL;
ERROR(mallocFailed, "no memory")
ERROR(incompatibleWasmVersion, "wasm version")
ERROR(wasmMalformed, "malformed")
ERROR(misorderedWasmSection, "section out of order")
ERROR(wasmUnderrun, "too short")
ERROR(wasmMissingInitExpr, "no initial value")
ERROR(lebOverflow, "number too long")
ERROR(missingUTF8, "name too long")
ERROR(wasmSectionUnderrun, "section too short")
ERROR(wasmSectionOverrun, "section too long")
ERROR(invalidTypeId, "unknown type")
ERROR(tooManyMemorySections, "two memories")
ERROR(tooManyArgsRets, "too many arguments")
ERROR(moduleNotLinked, "not linked")
ERROR(moduleAlreadyLinked, "linked twice")
ERROR(functionLookupFailed, "no such function")
ERROR(functionImportMissing, "import missing")
ERROR(malformedFunctionSignature, "malformed signature")
ERROR(noCompiler, "operation not compiled")
ERROR(unknownOpcode, "unknown operation")
ERROR(restrictedOpcode, "operation not allowed")
ERROR(functionStackOverflow, "function too large")
ERROR(functionStackUnderrun, "operand missing")
ERROR(mallocFailedCodePage, "no memory for code")
ERROR(settingImmutableGlobal, "constant written")
ERROR(typeMismatch, "wrong type")
ERROR(typeCountMismatch, "wrong number of values")
ERROR(missingCompiledCode, "not compiled")
ERROR(wasmMemoryOverflow, "memory too large")
ERROR(globalMemoryNotAllocated, "no globals")
ERROR(globaIndexOutOfBounds, "no such global")
ERROR(argumentCountMismatch, "wrong number of arguments")
ERROR(globalLookupFailed, "no such global")
ERROR(globalTypeMismatch, "wrong type of global")
ERROR(trapOutOfBoundsMemoryAccess, "out of bounds")
ERROR(trapDivisionByZero, "division by zero")
ERROR(trapIntegerOverflow, "integer overflow")
ERROR(trapIntegerConversion, "integer conversion")
ERROR(trapIndirectCallTypeMismatch, "indirect call of another type")
ERROR(trapTableIndexOutOfRange, "no such table element")
ERROR(trapTableElementIsNull, "empty table element")
ERROR(trapExit, "exit")
ERROR(trapAbort, "abort")
ERROR(trapUnreachable, "unreachable")
ERROR(trapStackOverflow, "stack overflow")

#include <m3_core.c>

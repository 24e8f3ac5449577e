/* The runtime's headers, which are C, for the board's C++. */
#ifndef CADDYSHACK_RUNTIME_C_H
#define CADDYSHACK_RUNTIME_C_H

extern "C" {
#include "abi.gen.h"
#include "device.gen.h"
#include "hal.h"
#include "runtime.h"
#include "store.h"
}

#endif

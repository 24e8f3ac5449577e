/* What the chip says of its reset, as boot reasons of ABI 1. */
#ifndef CADDYSHACK_RESET_CAUSE_H
#define CADDYSHACK_RESET_CAUSE_H

#include <stdint.h>
#include <user_interface.h>

#include "runtime-c.h"

/* `rtc_kept`: RTC memory still holds what the runtime wrote, so the power was never off.
 *
 * The chip cannot tell power-on from a reset by its pin: the supervisor holds the pin while the
 * power rises, which reads as an external reset, and after several quick external resets, or a
 * watchdog soon after the start, it says power-on. RTC memory can: it outlives every reset and no
 * loss of power. A wrong power-on would apply restore policies to running caddies, a wrong pin
 * reset would leave them out after an outage. */
constexpr int32_t boot_reason(uint32_t chip_reason, bool rtc_kept) {
  switch (chip_reason) {
    case REASON_WDT_RST:
    case REASON_SOFT_WDT_RST:
      return ABI_BOOT_WATCHDOG;
    case REASON_EXCEPTION_RST:
      return ABI_BOOT_EXCEPTION;
    case REASON_SOFT_RESTART:
      return ABI_BOOT_SOFTWARE;
    default: /* power-on, external reset, deep sleep (which ends by the pin), unknown */
      return rtc_kept ? ABI_BOOT_PIN : ABI_BOOT_POWER_ON;
  }
}

#endif

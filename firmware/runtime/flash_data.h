/* Tables and texts that stay in flash where constants would cost RAM: on the ESP8266 constants
 * are copied to DRAM at boot. Flash answers 32-bit loads; other ones cost an exception each there,
 * so this is for what is read seldom. Every use needs a name of its own. */
#ifndef CADDYSHACK_FLASH_DATA_H
#define CADDYSHACK_FLASH_DATA_H

#ifdef __xtensa__
#define CS_IN_FLASH(name) __attribute__((section(".irom0.text.caddyshack." #name)))
#else
#define CS_IN_FLASH(name)
#endif

#endif

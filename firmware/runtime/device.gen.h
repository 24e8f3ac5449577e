/* Generated from firmware/device.md by `npm run gen`. Do not edit. */
#ifndef CADDYSHACK_DEVICE_H
#define CADDYSHACK_DEVICE_H

/* Flash map */
#define CS_FLASH_SIZE 0x400000u /* 4 MB */
#define CS_FLASH_SECTOR 4096 /* bytes erased at once */
#define CS_FLASH_IMAGE 0 /* the firmware image */
#define CS_FLASH_CONFIG_A 0x200000u /* configuration, first copy, one sector */
#define CS_FLASH_CONFIG_B 0x201000u /* configuration, second copy, one sector */
#define CS_FLASH_MODULE_A 0x210000u /* module slot A */
#define CS_FLASH_MODULE_B 0x214000u /* module slot B */
#define CS_FLASH_MODULE_SIZE 8192 /* bytes of a module slot */
#define CS_FLASH_DURABLE_A 0x220000u /* durable record of slot A */
#define CS_FLASH_DURABLE_B 0x224000u /* durable record of slot B */
#define CS_FLASH_DURABLE_SIZE 8192 /* two sectors, written in turn: records are appended until a sector is full, so that flash wears slowly */
#define CS_FLASH_END 0x228000u /* behind the last byte used */

/* RTC memory */
#define CS_RTC_SIZE 512 /* bytes */
#define CS_RTC_HOT 128 /* the hot record: magic u32, length u32, CRC-32 u32, then at most HOT_MAX bytes */
#define CS_RTC_HOT_SIZE 332 /* bytes */
#define CS_RTC_RUNTIME 460 /* the runtime's own block: marker and failures, with a check */
#define CS_RTC_RUNTIME_SIZE 52 /* bytes */

/* Module header */
#define CS_MODULE_MAGIC 0x314d5343u /* u32 at 0, "CSM1" */
#define CS_MODULE_VERSION_AT 4 /* u8, header version, 1 */
#define CS_MODULE_ABI_AT 5 /* u8, ABI of the module; u16 0 behind it */
#define CS_MODULE_LENGTH_AT 8 /* u32, bytes of the module */
#define CS_MODULE_SEQUENCE_AT 12 /* u32, rises with every push to this backplane; the highest usable one runs */
#define CS_MODULE_SHA256_AT 16 /* 32 bytes, SHA-256 of the module */
#define CS_MODULE_ACCOUNT_AT 48 /* 80 bytes, `<shack>/<backplane>`, ASCII, filled up with 0 */
#define CS_MODULE_HMAC_AT 128 /* 32 bytes, HMAC-SHA256 of bytes 0 to 127 under the backplane's own key */
#define CS_MODULE_HEADER_SIZE 160 /* bytes */
#define CS_MODULE_STATE_AT 160 /* four u32 of the slot's life, each 0xFFFFFFFF until it is set to 0: committed, tried, confirmed, bad */
#define CS_MODULE_DATA 256 /* where the module begins */

/* Configuration sector */
#define CS_CONFIG_MAGIC 0x31474643u /* "CFG1" */
#define CS_CONFIG_HEAD 16 /* bytes of the head */
#define CS_CONFIG_TEXT_MAX 1024 /* bytes of text */
#define CS_CONFIG_LINE_MAX 208 /* bytes of a line, its end included */

/* Figures */
#define CS_FIGURE_RAIL 0 /* the 5 V rail in mV */
#define CS_FIGURE_RESET_CAUSE (-1) /* one of the boot reasons of ABI 1 (never TRAP or SWAP) */
#define CS_FIGURE_RANDOM (-2) /* 31 random bits */
#define CS_FIGURE_HEAP_FREE (-3) /* bytes */
#define CS_FIGURE_STACK_FREE (-4) /* bytes of the loop stack never used since boot */
#define CS_FIGURE_RSSI (-5) /* dBm, negative; 0 is "unknown" */

/* Runtime errors */
#define CS_ERROR_NO_CONFIG 1 /* neither copy of the configuration is usable: flash the backplane */
#define CS_ERROR_NO_MODULE 2 /* neither module slot is usable: push a module */
#define CS_ERROR_TOO_LONG 3 /* the module is longer than MODULE_MAX */
#define CS_ERROR_NOT_WASM 4 /* the module cannot be parsed */
#define CS_ERROR_ABI 5 /* `abi()` is not 1 */
#define CS_ERROR_IMPORT 6 /* an import that is not of ABI 1 */
#define CS_ERROR_IMPORT_TYPE 7 /* an import of ABI 1 with another signature */
#define CS_ERROR_EXPORT 8 /* an export of ABI 1 is missing */
#define CS_ERROR_EXPORT_TYPE 9 /* an export of ABI 1 with another signature */
#define CS_ERROR_MEMORY 10 /* it wants more linear memory than LINEAR_MEMORY_MAX, or none, or has its inbox outside */
#define CS_ERROR_COMPILE 11 /* a function does not compile, or there is no room for it */
#define CS_ERROR_TRAP 12 /* it trapped */
#define CS_ERROR_HANG 13 /* the watchdog ended a call that did not return */
#define CS_ERROR_ANSWER 14 /* it answered what ABI 1 does not allow */
#define CS_ERROR_RING 15 /* `boot` answered E_RING */
#define CS_ERROR_BASE 16 /* `boot` answered E_BASE */
#define CS_ERROR_RESUME 17 /* a pushed module refused the state; the one before runs on */
#define CS_ERROR_TRIAL 18 /* a pushed module was given up: it failed, or did not stay linked in time */

/* Limits */
#define CS_BOOT_RETRY_MS 5000 /* after an error of `boot`, or a trap sooner than TRAP_STORM_MS after a boot */
#define CS_TRAP_STORM_MS 1000 /* see BOOT_RETRY_MS */
#define CS_FAILURES_MAX 3 /* so many failures (traps, hangs, faults of the CPU, refused loads) within FAILURE_WINDOW_MS of run time, and the other slot is used */
#define CS_FAILURE_WINDOW_MS 60000 /* see FAILURES_MAX */
#define CS_TRIAL_LINKED_MS 60000 /* linked to the broker for so long in one piece, a module on trial is confirmed */
#define CS_TRIAL_LIMIT_MS 0x927c0u /* not confirmed in this run time, it is given up */
#define CS_OUTBOX_BYTES 2048 /* bytes of packets that were sent and not yet acknowledged */
#define CS_DELIVERY_ROOM_BYTES 768 /* free in the outbox before a message is delivered to the module: two publishes of 384 bytes */
#define CS_CONNECT_TIMEOUT_MS 10000 /* from the opening of the stream to CONNACK */
#define CS_INFO_PERIOD_MS 60000 /* `info` again */
#define CS_KEEP_ALIVE_S 15 /* of MQTT */
#define CS_BACKOFF_BASE_MS 500 /* attempt k waits a random time up to min(BACKOFF_CAP_MS, BACKOFF_BASE_MS x 2^k) */
#define CS_BACKOFF_CAP_MS 60000 /* see BACKOFF_BASE_MS */
#define CS_GOOD_SESSION_MS 60000 /* a session that lasted this long starts the back-off over; a shorter one (a kick) counts as an attempt */
#define CS_CHUNK_MAX 512 /* data bytes of one `module/chunk` */
#define CS_PULSE_BITS 12 /* bits of an output byte that are pulses: OUT_SHDN_REQ and OUT_RESET_REQ of `hardware/registers.ts` */
#define CS_SWAP_GAP_MS 100 /* longest time between `suspend` and the first `tick` of the next module */

#endif

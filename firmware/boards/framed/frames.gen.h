/* Generated from firmware/boards/framed/frames.md by `npm run gen`. Do not edit. */
#ifndef CADDYSHACK_FRAMES_H
#define CADDYSHACK_FRAMES_H

/* Frame */
#define FRAME_START 165u /* first byte */
#define FRAME_REPLY 128u /* bit of the type */
#define FRAME_HEAD_BYTES 4u /* START, type, length */
#define FRAME_TAIL_BYTES 2u /* the check */
#define FRAME_PAYLOAD_MAX 8192u /* bytes; a longer frame is a damaged one */
#define FRAME_VERSION 1u /* of this protocol */
#define FRAME_BOARD_POSIX 1u
#define FRAME_BOARD_LX106 2u
#define FRAME_MODE_RUNTIME 0u /* the board runs the whole runtime */
#define FRAME_MODE_MODULE 1u /* the board hosts the module alone: the simulator makes the calls of ABI 1 */
#define FRAME_IDLE_STATS 1u /* flag of the reply to IDLE: send STATS */

/* Requests */
#define FRAME_HELLO 1u /* version u8, board u8; reply: mode u8 */
#define FRAME_IDLE 2u /* ms u32, linked u8; reply when the time has passed or there is something to read: flags u8 */
#define FRAME_SHIFT 3u /* flags u8, bytes; reply: as many bytes */
#define FRAME_FIGURE 4u /* what i32; reply: value i32 */
#define FRAME_READ 5u /* space u8, offset u32, length u16; reply: result i32, bytes */
#define FRAME_WRITE 6u /* space u8, offset u32, bytes; reply: result i32 */
#define FRAME_WRITE_RTC 7u /* offset u32, bytes; one way, since it cannot fail */
#define FRAME_ERASE 8u /* offset u32; reply: result i32 */
#define FRAME_NET_OPEN 9u /* port u16, host; reply: result i32 */
#define FRAME_NET_READ 10u /* size u16; reply: result i32, bytes */
#define FRAME_NET_WRITE 11u /* bytes; reply: result i32 */
#define FRAME_NET_CLOSE 12u /* one way */
#define FRAME_LOG 13u /* level i32, text; one way */
#define FRAME_STATS 14u /* a u32 for each name of Stats; one way */
#define FRAME_BLOCK 15u /* of the heap, before STATS: address of the code that asked for it u32, size u32; one way */
#define FRAME_NEXT 16u /* of the last call: error i32, value i32, bytes; reply: call u8, then what it needs */
#define FRAME_PUBLISH 17u /* flags u8, length of the topic u16, topic, payload; reply: result i32 */
#define FRAME_SUBSCRIBE 18u /* topic; reply: result i32 */
#define FRAME_MEASURE 19u /* what i32; reply: value i32 */
#define FRAME_KEEP 20u /* which i32, record; reply: result i32 */
#define FRAME_NOTE 21u /* code i32, value i32; one way */

/* Calls */
#define FRAME_CALL_LOAD 1u /* flash offset, length; the next NEXT has the size of the inbox as value */
#define FRAME_CALL_UNLOAD 2u
#define FRAME_CALL_BOOT 3u /* reason, hotLen, durableLen, baseLen; value: the answer */
#define FRAME_CALL_LINK 4u /* up */
#define FRAME_CALL_MESSAGE 5u /* topicLen, payloadLen, flags */
#define FRAME_CALL_INPUTS 6u /* count */
#define FRAME_CALL_TICK 7u /* value: the answer */
#define FRAME_CALL_SUSPEND 8u /* value: length, bytes: the state */
#define FRAME_CALL_RESUME 9u /* length; value: the answer */
#define FRAME_CALL_TEXT 10u /* bytes: what Wasm3 said about the last error */
#define FRAME_CALL_STATS 11u /* the board sends STATS first */
#define FRAME_CALL_EXIT 12u /* the board ends */

/* Stats */
#define FRAME_STAT_HEAP 0u /* RAM in use by the heap, with what the allocator adds */
#define FRAME_STAT_HEAP_PEAK 1u /* most of it so far */
#define FRAME_STAT_CODE 2u /* memory for compiled code in use */
#define FRAME_STAT_CODE_SPILLED 3u /* compiled code that had no room there and is in the heap */
#define FRAME_STAT_STACK 4u /* native stack, deepest since boot or since STATS was last sent */
#define FRAME_STAT_COUNT 5u /* how many there are */

#endif

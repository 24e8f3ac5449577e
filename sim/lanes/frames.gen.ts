// Generated from firmware/boards/framed/frames.md by `npm run gen`. Do not edit.

/** Frame. */
export const FRAME = {
  /** first byte */
  START: 165,
  /** bit of the type */
  REPLY: 128,
  /** START, type, length */
  HEAD_BYTES: 4,
  /** the check */
  TAIL_BYTES: 2,
  /** bytes; a longer frame is a damaged one */
  PAYLOAD_MAX: 8192,
  /** of this protocol */
  VERSION: 1,
  BOARD_POSIX: 1,
  BOARD_LX106: 2,
  /** the board runs the whole runtime */
  MODE_RUNTIME: 0,
  /** the board hosts the module alone: the simulator makes the calls of ABI 1 */
  MODE_MODULE: 1,
  /** flag of the reply to IDLE: send STATS */
  IDLE_STATS: 1,
} as const;

/** Requests. */
export const REQUEST = {
  /** version u8, board u8; reply: mode u8 */
  HELLO: 1,
  /** ms u32, linked u8; reply when the time has passed or there is something to read: flags u8 */
  IDLE: 2,
  /** flags u8, bytes; reply: as many bytes */
  SHIFT: 3,
  /** what i32; reply: value i32 */
  FIGURE: 4,
  /** space u8, offset u32, length u16; reply: result i32, bytes */
  READ: 5,
  /** space u8, offset u32, bytes; reply: result i32 */
  WRITE: 6,
  /** offset u32, bytes; one way, since it cannot fail */
  WRITE_RTC: 7,
  /** offset u32; reply: result i32 */
  ERASE: 8,
  /** port u16, host; reply: result i32 */
  NET_OPEN: 9,
  /** size u16; reply: result i32, bytes */
  NET_READ: 10,
  /** bytes; reply: result i32 */
  NET_WRITE: 11,
  /** one way */
  NET_CLOSE: 12,
  /** level i32, text; one way */
  LOG: 13,
  /** a u32 for each name of Stats; one way */
  STATS: 14,
  /** of the heap, before STATS: address of the code that asked for it u32, size u32; one way */
  BLOCK: 15,
  /** of the last call: error i32, value i32, bytes; reply: call u8, then what it needs */
  NEXT: 16,
  /** flags u8, length of the topic u16, topic, payload; reply: result i32 */
  PUBLISH: 17,
  /** topic; reply: result i32 */
  SUBSCRIBE: 18,
  /** what i32; reply: value i32 */
  MEASURE: 19,
  /** which i32, record; reply: result i32 */
  KEEP: 20,
  /** code i32, value i32; one way */
  NOTE: 21,
} as const;

/** Calls. */
export const CALL = {
  /** flash offset, length; the next NEXT has the size of the inbox as value */
  LOAD: 1,
  UNLOAD: 2,
  /** reason, hotLen, durableLen, baseLen; value: the answer */
  BOOT: 3,
  /** up */
  LINK: 4,
  /** topicLen, payloadLen, flags */
  MESSAGE: 5,
  /** count */
  INPUTS: 6,
  /** value: the answer */
  TICK: 7,
  /** value: length, bytes: the state */
  SUSPEND: 8,
  /** length; value: the answer */
  RESUME: 9,
  /** bytes: what Wasm3 said about the last error */
  TEXT: 10,
  /** the board sends STATS first */
  STATS: 11,
  /** the board ends */
  EXIT: 12,
} as const;

/** Stats. */
export const STAT = {
  /** RAM in use by the heap, with what the allocator adds */
  HEAP: 0,
  /** most of it so far */
  HEAP_PEAK: 1,
  /** memory for compiled code in use */
  CODE: 2,
  /** compiled code that had no room there and is in the heap */
  CODE_SPILLED: 3,
  /** native stack, deepest since boot or since STATS was last sent */
  STACK: 4,
  /** how many there are */
  COUNT: 5,
} as const;

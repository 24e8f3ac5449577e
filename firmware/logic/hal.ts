// Generated from firmware/abi.md by `npm run gen`. Do not edit.

export declare function shift(out: usize, back: usize, count: i32, flags: i32): void;
export declare function publish(
  topic: usize,
  topicLen: i32,
  payload: usize,
  payloadLen: i32,
  flags: i32,
): i32;
export declare function subscribe(topic: usize, len: i32): i32;
export declare function measure(what: i32): i32;
export declare function keep(which: i32, ptr: usize, len: i32): i32;
export declare function note(code: i32, value: i32): void;
export declare function log(level: i32, ptr: usize, len: i32): void;

// Text out of templates, words out of lists. Templates: firmware/abi/words.ts.

let out: usize = 0;

/** Arguments of the next `format`, in order. */
const ARGUMENTS: usize = memory.data(40, 4);

export function argument(place: i32, value: usize): void {
  store<usize>(ARGUMENTS + (place << 2), value);
}

function put(byte: i32): void {
  store<u8>(out, byte);
  out++;
}

function putText(text: usize): void {
  while (load<u8>(text) != 0) {
    put(load<u8>(text));
    text++;
  }
}

function putNumber(value: u32): void {
  let unit: u32 = 1;
  while (value / unit >= 10) unit *= 10;
  while (unit != 0) {
    put(48 + ((value / unit) % 10));
    unit /= 10;
  }
}

function putQuoted(text: usize): void {
  put(34);
  putText(text);
  put(34);
}

const NULL: usize = memory.data<u8>([110, 117, 108, 108, 0]);
const TRUE: usize = memory.data<u8>([116, 114, 117, 101, 0]);
const FALSE: usize = memory.data<u8>([102, 97, 108, 115, 101, 0]);

function putArgument(kind: i32, value: i32): void {
  if (kind == 115) return putText(value); // s
  if (kind == 98) return putText(value != 0 ? TRUE : FALSE); // b
  if (kind == 113) {
    // q: an empty text is null
    if (value != 0 && load<u8>(value) != 0) return putQuoted(value);
    return putText(NULL);
  }
  if ((kind == 110 && value == -1) || (kind == 122 && value == 0)) return putText(NULL); // n, z
  putNumber(value);
}

/** Writes `template` with its arguments to `to`; answers the length in bytes. */
export function format(to: usize, template: usize): i32 {
  out = to;
  let place: usize = ARGUMENTS;
  let byte: i32 = load<u8>(template);
  while (byte != 0) {
    if (byte == 37) {
      template++;
      putArgument(load<u8>(template), load<i32>(place));
      place += 4;
    } else put(byte);
    template++;
    byte = load<u8>(template);
  }
  return i32(out - to);
}

function lengthOf(text: usize): i32 {
  let length = 0;
  while (load<u8>(text + length) != 0) length++;
  return length;
}

/** Word number `place` of a list. */
export function word(list: usize, place: i32): usize {
  while (place > 0) {
    list += lengthOf(list) + 1;
    place--;
  }
  return list;
}

/** Which of the first `count` words of `list` these bytes are; -1 none. */
export function find(list: usize, count: i32, text: usize, length: i32): i32 {
  for (let place = 0; place < count; place++) {
    const size = lengthOf(list);
    if (size == length) {
      let same = 0;
      while (same < size && load<u8>(list + same) == load<u8>(text + same)) same++;
      if (same == size) return place;
    }
    list += size + 1;
  }
  return -1;
}

/** A decimal number without sign or leading zeros, below 2^32; -1 when it is none. */
export function number(text: usize, length: i32): i64 {
  if (length < 1 || length > 10) return -1;
  if (load<u8>(text) == 48 && length > 1) return -1;
  let value: i64 = 0;
  for (let i = 0; i < length; i++) {
    const digit: i32 = load<u8>(text + i) - 48;
    if (u32(digit) > 9) return -1;
    value = value * 10 + digit;
  }
  return value >> 32 != 0 ? -1 : value;
}

/** Where `byte` first stands in these bytes, else their length. */
export function indexOf(byte: i32, text: usize, length: i32): i32 {
  for (let i = 0; i < length; i++) {
    if (load<u8>(text + i) == byte) return i;
  }
  return length;
}

// Text out of templates, words out of lists. Templates: firmware/abi/words.ts.
import { BASE, equal, s } from "./memory";
import { BOOLEAN_WORDS, WORDS } from "./words.gen";

const NULL: usize = BOOLEAN_WORDS + 11;

let out: usize = 0;

function put(byte: i32): void {
  store<u8>(out++, byte);
}

function putText(text: usize): void {
  while (load<u8>(text) != 0) put(load<u8>(text++));
}

function putNumber(value: u32): void {
  let unit: u32 = 1;
  while (value / unit >= 10) unit *= 10;
  do {
    put(48 + ((value / unit) % 10));
    unit /= 10;
  } while (unit != 0);
}

/** In quotes; an empty text is null. */
function putQuoted(text: usize): void {
  if (load<u8>(text) == 0) {
    putText(NULL);
    return;
  }
  put(34);
  putText(text);
  put(34);
}

/** Writes `template` with the values at `values` to `to`; answers the length in bytes. */
export function format(to: usize, template: usize, values: usize): i32 {
  out = to;
  for (;;) {
    let byte: i32 = load<u8>(template++);
    if (byte == 0) break;
    if (byte != 37) {
      put(byte);
      continue;
    }
    byte = load<u8>(template++);
    if (byte == 66)
      putText(BASE); // %B
    else if (byte == 78)
      putNumber(s.number); // %N
    else if (byte == 98)
      putText(word(BOOLEAN_WORDS, i32(load<u8>(values++) != 0))); // %b
    else if (byte == 60) {
      // %<, then the list's place
      putQuoted(word(WORDS + load<u16>(template), load<u8>(values++)));
      template += 2;
    } else {
      values = (values + 3) & ~3;
      const value = load<i32>(values);
      values += 4;
      if (byte == 105)
        putQuoted(value); // %i
      else if (value == -1)
        putText(NULL); // %n
      else putNumber(value);
    }
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
  let place = 0;
  do {
    const size = lengthOf(list);
    if (size == length && equal(list, text, size)) return place;
    list += size + 1;
  } while (++place < count);
  return -1;
}

/** A decimal number of up to 9 digits without sign or leading zeros; -1 when it is none. */
export function number(text: usize, length: i32): i32 {
  if (<u32>length - 1 > 8 || (load<u8>(text) == 48 && length > 1)) return -1;
  let value = 0;
  do {
    const digit: u32 = <u32>load<u8>(text++) - 48;
    if (digit > 9) return -1;
    value = value * 10 + digit;
  } while (--length);
  return value;
}

/** Where `byte` first stands in these bytes, else their length. */
export function indexOf(byte: i32, text: usize, length: i32): i32 {
  let place = 0;
  while (place < length && load<u8>(text + place) != byte) place++;
  return place;
}

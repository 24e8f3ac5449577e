// Text out of words and objects (firmware/abi/words.ts), words and numbers out of text.
import { equal } from "./memory";
import { LIST, NULL, WORD_FALSE } from "./words.gen";

// Kinds of values begin at these codes; a number's are less than any.
const KIND_WORD = 160;
const KIND_BIT = 192;
const KIND_TEXT = 224;

/** Where the next byte goes. */
export let out: usize = 0;

export function putAt(to: usize): void {
  out = to;
}

function put(byte: i32): void {
  store<u8>(out, byte);
  out++;
}

export function putText(text: usize): void {
  for (;;) {
    const byte: i32 = load<u8>(text);
    if (!byte) return;
    put(byte);
    text++;
  }
}

export function putNumber(value: u32): void {
  let unit: u32 = 1000000000;
  do {
    // No zeros in front, but the last digit always; greater units are even.
    if ((value | 1) >= unit) put(48 + ((value / unit) % 10));
    unit /= 10;
  } while (unit);
}

/** One value of an object; `code` is the byte behind its key, its kind in the high bits. */
function putValue(code: i32, values: usize): void {
  let text = values + (code & 31);
  if (code < KIND_WORD) {
    const value = load<i32>(text);
    if (value != -1) {
      putNumber(value);
      return;
    }
    text = LIST;
  } else if (code < KIND_BIT) text = word(load<u8>(text));
  else if (code < KIND_TEXT) {
    putText(word(WORD_FALSE + ((<i32>load<u16>(values, 4) >> (code & 31)) & 1)));
    return;
  }
  // The list begins with an empty word. An empty text is null, others stand in quotes.
  if (!load<u8>(text)) putText(NULL);
  else {
    put(34);
    putText(text);
    put(34);
  }
}

/** An object of words.ts with the values in the record at `values`. */
export function putObject(object: usize, values: usize): void {
  put(123);
  do {
    put(34);
    let byte: i32 = load<u8>(object);
    do {
      put(byte);
      byte = load<u8>(++object);
    } while (byte < 128);
    put(34);
    put(58);
    putValue(byte, values);
    put(load<u8>(++object) ? 44 : 125);
  } while (load<u8>(object));
}

/** Behind the end of a word. */
export function next(text: usize): usize {
  while (load<u8>(text++));
  return text;
}

/** Word `number` of all. */
export function word(number: i32): usize {
  let text = LIST;
  while (--number >= 0) text = next(text);
  return text;
}

/** Which of the `count` words from `list` on these bytes are; -1 none. */
export function find(list: usize, count: i32, text: usize, length: i32): i32 {
  let place = 0;
  do {
    if (equal(list, text, length)) {
      if (!load<u8>(list + length)) return place;
    }
    list = next(list);
  } while (++place < count);
  return -1;
}

/** A decimal number of up to 9 digits without sign or leading zeros; -1 when it is none. */
export function number(text: usize, length: i32): i32 {
  const padded = i32(load<u8>(text) == 48) & i32(length > 1);
  if (padded | i32(<u32>length - 1 > 8)) return -1;
  let value = 0;
  do {
    const digit: u32 = <u32>load<u8>(text) - 48;
    if (digit > 9) return -1;
    value = value * 10 + digit;
    text++;
  } while (--length);
  return value;
}

/** Where `byte` first stands in these bytes, else their length. */
export function indexOf(byte: i32, text: usize, length: i32): i32 {
  let place = 0;
  while (i32(place < length) & i32(load<u8>(text + place) != byte)) place++;
  return place;
}

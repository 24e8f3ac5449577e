// What the logic tells the world: acks and states.
import {
  IN_PGOOD,
  IN_PRESENT_N,
  IN_TYPE_SHIFT,
  OUT_LED_LOCATE,
  OUT_USB_EN,
} from "../../hardware/registers";
import { E_NO_ROOM, E_NOT_LINKED, PUBLISH_RETAIN } from "./abi.gen";
import * as hal from "./hal";
import { core, SCRATCH, Slot, s, select, self } from "./memory";
import { powered, switchedOn } from "./ring";
import { format } from "./text";
import {
  FAULT_STUCK,
  PHASE_ON,
  PHASE_WAIT,
  TEXT_ACK,
  TEXT_ACK_TOPIC,
  TEXT_STATE,
  TEXT_STATE_TOPIC,
} from "./words.gen";

const TOPIC_SIZE = 104;
const FLUSH_RETRY_MS = 100;
/** A current that moved by this much is told. */
const CURRENT_STEP_MA = 100;

/** Values for templates. */
export const VALUES: usize = memory.data(16, 4);
const NUMBER: usize = VALUES + 12;

export function publish(
  topic: usize,
  number: i32,
  template: usize,
  values: usize,
  flags: i32,
): i32 {
  store<i32>(NUMBER, number);
  const topicLength = format(SCRATCH, topic, NUMBER);
  const length = format(SCRATCH + TOPIC_SIZE, template, values);
  const answer = hal.publish(SCRATCH, topicLength, SCRATCH + TOPIC_SIZE, length, flags);
  if (answer == E_NO_ROOM) core.flush = FLUSH_RETRY_MS;
  return answer;
}

/** Answers a command; `id` is a text or 0. */
export function ack(number: i32, id: usize, verb: i32, outcome: i32): i32 {
  store<usize>(VALUES, id);
  store<u8>(VALUES, verb, 4);
  store<u8>(VALUES, outcome >> 5, 5);
  store<u8>(VALUES, outcome & 31, 6);
  return publish(TEXT_ACK_TOPIC, number, TEXT_ACK, VALUES, 0);
}

/** Publishes the final ack the slot owes; it goes on owing it while there is no room or no link. */
export function flushAck(): void {
  if (!s.due) return;
  const answer = ack(s.number, self() + offsetof<Slot>("text0"), s.pending, s.due);
  if (answer == E_NO_ROOM || answer == E_NOT_LINKED) return;
  s.due = 0;
  s.pending = 0;
}

function changed(): void {
  s.seq++;
  s.age = 0;
  s.dirty = 1;
}

/** Takes what the pins show: an output that could not be latched is not claimed. */
function look(): void {
  const on = switchedOn() != 0;
  const inputs: i32 = s.stable;
  const present = !(inputs & IN_PRESENT_N);
  s.power = on == powered() ? s.phase : u8(on ? PHASE_ON : PHASE_WAIT);
  s.present = u8(present);
  s.pgood = u8(inputs & IN_PGOOD);
  s.usb = u8(s.latched & OUT_USB_EN);
  s.identify = u8(s.latched & OUT_LED_LOCATE);
  s.faultShown = s.stuck ? u8(FAULT_STUCK) : s.fault;
  s.carrier = present ? u8(inputs >> IN_TYPE_SHIFT) : 0;
}

/** Measures; tells it when it moved far, or became known or unknown. */
export function measure(): void {
  const before = s.current;
  const value = hal.measure(s.number);
  if (abs(value - before) < CURRENT_STEP_MA && (value ^ before) >= 0) return;
  s.current = value;
  changed();
}

/** Publishes all that is owed; what finds no room is tried again soon. */
export function flush(): void {
  for (let i: i32 = core.slots; i > 0; i--) {
    select(i - 1);
    flushAck();
    const before = load<u64>(self(), offsetof<Slot>("power"));
    look();
    if (before != load<u64>(self(), offsetof<Slot>("power")) || s.seq == 0) {
      s.current = hal.measure(i);
      changed();
    }
    if (!s.dirty) continue;
    s.ageShown = s.age;
    const view = self() + offsetof<Slot>("power");
    const answer = publish(TEXT_STATE_TOPIC, i, TEXT_STATE, view, PUBLISH_RETAIN);
    s.dirty = u8(answer == E_NO_ROOM);
  }
}

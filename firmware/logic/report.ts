// What the logic tells the world: acks and states. Both concern the current slot.
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
  PHASE_LATCHED,
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

export function publish(topic: usize, template: usize, values: usize, flags: i32): i32 {
  const topicLength = format(SCRATCH, topic, 0);
  const length = format(SCRATCH + TOPIC_SIZE, template, values);
  const answer = hal.publish(SCRATCH, topicLength, SCRATCH + TOPIC_SIZE, length, flags);
  if (answer == E_NO_ROOM) core.flush = FLUSH_RETRY_MS;
  return answer;
}

/** Answers a command; `id` is a text, empty for none. */
export function ack(id: usize, verb: i32, outcome: i32): i32 {
  store<usize>(VALUES, id);
  store<u8>(VALUES, verb, 4);
  store<u8>(VALUES, outcome >> 5, 5);
  store<u8>(VALUES, outcome & 31, 6);
  return publish(TEXT_ACK_TOPIC, TEXT_ACK, VALUES, 0);
}

/** Publishes the final ack the slot owes; it goes on owing it while there is no room or no link. */
export function flushAck(): void {
  if (!s.due) return;
  const answer = ack(self() + offsetof<Slot>("text0"), s.pending, s.due);
  if (answer == E_NO_ROOM || answer == E_NOT_LINKED) return;
  s.due = 0;
  s.pending = 0;
}

function changed(): void {
  s.seq++;
  s.age = 0;
  s.dirty = 1;
}

/** What `power` shows: the pins, where an output could not be latched. */
function shownPhase(): i32 {
  const on = switchedOn();
  if (on != powered()) return on ? PHASE_ON : PHASE_WAIT;
  return s.phase == PHASE_WAIT && s.fault ? PHASE_LATCHED : <i32>s.phase;
}

function look(): void {
  const inputs: i32 = s.stable;
  const present = !(inputs & IN_PRESENT_N);
  s.power = u8(shownPhase());
  s.present = u8(present);
  s.pgood = u8(inputs & IN_PGOOD);
  s.usb = u8(s.latched & OUT_USB_EN);
  s.identify = u8(s.latched & OUT_LED_LOCATE);
  s.faultShown = s.stuck ? u8(FAULT_STUCK) : s.fault;
  s.carrier = u8(present ? inputs >> IN_TYPE_SHIFT : 0);
}

/** Measures; tells it when it moved far, or became known or unknown. */
export function measure(): void {
  const moved = s.current - hal.measure(s.number);
  if (abs(moved) >= CURRENT_STEP_MA) changed();
}

/** Publishes all that the slot owes; what finds no room is tried again soon. */
function flushSlot(): void {
  const view = self() + offsetof<Slot>("power");
  flushAck();
  const before = load<u64>(view);
  look();
  if (before != load<u64>(view) || s.seq == 0) changed();
  if (!s.dirty) return;
  s.current = hal.measure(s.number);
  s.dirty = u8(publish(TEXT_STATE_TOPIC, TEXT_STATE, view, PUBLISH_RETAIN) == E_NO_ROOM);
}

export function flush(): void {
  let number: i32 = core.slots;
  do {
    select(number);
    flushSlot();
  } while (--number);
}

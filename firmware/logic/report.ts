// What the logic tells the world: acks and states. Both concern the current slot.
import { IN_PGOOD, IN_PRESENT_N, IN_TYPE_SHIFT } from "../../hardware/registers";
import { E_NO_ROOM, PUBLISH_RETAIN } from "./abi.gen";
import * as hal from "./hal";
import { BASE, core, more, SCRATCH, Slot, s, selectLast, self } from "./memory";
import { out, putAt, putNumber, putObject, putText } from "./text";
import {
  FAULT_STUCK,
  FILTERS,
  OBJECT_ACK,
  OBJECT_CONFIG_ACK,
  OBJECT_STATE,
  PHASE_WORDS,
  TOPIC_ACK,
  TOPIC_STATE,
} from "./words.gen";

/** What found no room is sent again soon, when currents are looked at. */
const FLUSH_RETRY_MS = 100;
/** A current that moved by this much is told. */
const CURRENT_STEP_MA = 100;
const AGE_MAX = i32.MAX_VALUE;

/** Topics are written behind the base. */
export function beginTopic(): void {
  putAt(BASE + core.baseLength);
}

/**
 * Publishes an object with the values in a record. The topic is the current slot's, or that of the
 * configuration, the first of the filters.
 */
export function publish(topic: usize, object: usize, values: usize, flags: i32): i32 {
  beginTopic();
  if (object == OBJECT_CONFIG_ACK) putText(FILTERS);
  else putNumber(s.number);
  putText(topic);
  const length = i32(out - BASE);
  putAt(SCRATCH);
  putObject(object, values);
  const result = hal.publish(BASE, length, SCRATCH, i32(out - SCRATCH), flags);
  if (result == E_NO_ROOM) core.measure = FLUSH_RETRY_MS;
  return result;
}

/** Publishes the final ack the slot owes; it goes on owing it while there is no room or no link. */
export function flushAck(): void {
  if (!s.due) return;
  const values = self() + offsetof<Slot>("verb");
  // The verb and the outcome.
  if (!publish(TOPIC_ACK, OBJECT_ACK, values, 0)) store<i32>(values, 0);
}

function changed(): void {
  s.seq++;
  s.youth = AGE_MAX;
  s.dirty = 1;
}

/** Far enough to be told, or known now and not before, or the other way. */
function moved(before: i32, now: i32): i32 {
  const far = u32(before - now + (CURRENT_STEP_MA - 1)) > 2 * CURRENT_STEP_MA - 2;
  return i32(far) | i32((before ^ now) < 0);
}

/** Publishes all that the slot owes; what finds no room is tried again soon. */
function flushSlot(measuring: i32): void {
  const view = self() + offsetof<Slot>("shownPower");
  const before = load<u64>(view);
  const inputs: i32 = s.stable;
  s.shownInputs = u8((inputs & (IN_PRESENT_N | IN_PGOOD)) ^ IN_PRESENT_N);
  s.shownCarrier = u8(inputs >> IN_TYPE_SHIFT);
  s.shownFault = select<u8>(u8(FAULT_STUCK), s.fault, s.stuck);
  // What could not be latched is not told.
  if (!core.ring) {
    flushAck();
    s.shownPower = load<u8>(PHASE_WORDS + s.phase);
    s.shownOutputs = s.outputs;
  }
  const current = hal.measure(s.number);
  const differs = i32(before != load<u64>(view));
  if (differs | (measuring & moved(s.current, current))) changed();
  if (!s.dirty) return;
  s.current = current;
  s.age = AGE_MAX - s.youth;
  // Any error: it stays dirty.
  s.dirty = u8(publish(TOPIC_STATE, OBJECT_STATE, view, PUBLISH_RETAIN));
}

export function flush(measuring: i32): void {
  selectLast();
  do flushSlot(measuring);
  while (more());
}

// What the logic tells the world: acks and states.
import {
  IN_PGOOD,
  IN_PRESENT_N,
  IN_TYPE_SHIFT,
  OUT_LED_LOCATE,
  OUT_USB_EN,
  TYPE_EMPTY,
} from "../../hardware/registers";
import { E_NO_ROOM, E_NOT_LINKED, OK, PUBLISH_RETAIN } from "./abi.gen";
import * as hal from "./hal";
import { BASE, core, SCRATCH, Slot, slotAt } from "./memory";
import { powered, switchedOn } from "./ring";
import { after, now } from "./time";
import { argument, format, word } from "./text";
import {
  CARRIER_WORDS,
  FAULT_STUCK,
  FAULT_WORDS,
  PHASE_ON,
  PHASE_WAIT,
  POWER_WORDS,
  REASON_WORDS,
  RESULT_WORDS,
  TEXT_ACK,
  TEXT_ACK_TOPIC,
  TEXT_STATE,
  TEXT_STATE_TOPIC,
  VERB_WORDS,
} from "./words.gen";

const TOPIC_SIZE = 104;
const FLUSH_RETRY_MS = 100;
/** Ages stop here, far below where a wrapped clock would make them small again. */
const AGE_MAX: u32 = 0x3fffffff;

/** A result and its reason in one number, as kept with an id. */
export function code(result: i32, reason: i32): i32 {
  return (result << 5) | reason;
}

export function publish(topicTemplate: usize, number: i32, template: usize, flags: i32): i32 {
  // The payload first: its arguments are set already.
  const length = format(SCRATCH + TOPIC_SIZE, template);
  argument(0, BASE);
  argument(1, number);
  const topicLength = format(SCRATCH, topicTemplate);
  return hal.publish(SCRATCH, topicLength, SCRATCH + TOPIC_SIZE, length, flags);
}

/** Answers a command; `id` is a text or 0. */
export function ack(number: i32, id: usize, verb: i32, resultCode: i32): i32 {
  argument(0, id);
  argument(1, word(VERB_WORDS, verb));
  argument(2, word(RESULT_WORDS, resultCode >> 5));
  argument(3, word(REASON_WORDS, resultCode & 31));
  return publish(TEXT_ACK_TOPIC, number, TEXT_ACK, 0);
}

/** Publishes the final ack a slot owes; it goes on owing it when there is no room or no link. */
export function flushAck(slot: Slot): i32 {
  if (!slot.due) return OK;
  const id = changetype<usize>(slot) + offsetof<Slot>("text0");
  const answer = ack(slot.number, id, slot.pending, slot.due);
  if (answer != E_NO_ROOM && answer != E_NOT_LINKED) {
    slot.due = 0;
    slot.pending = 0;
  }
  return answer;
}

/** The phase that the pins show: an output that could not be latched is not claimed. */
function shownPhase(slot: Slot): i32 {
  if (powered(slot) == switchedOn(slot)) return slot.phase;
  return switchedOn(slot) ? PHASE_ON : PHASE_WAIT;
}

/** Everything but figures, packed: phase 0..2, present 3, pgood 4, fault 5..6, carrier 8..10, outputs 16.. */
function viewOf(slot: Slot): u32 {
  const inputs: i32 = slot.stable;
  let view: i32 = shownPhase(slot) | (slot.stuck ? FAULT_STUCK << 5 : slot.fault << 5);
  if (inputs & IN_PRESENT_N) view |= TYPE_EMPTY << 8;
  else view |= 8 | ((inputs >> IN_TYPE_SHIFT) << 8);
  if (inputs & IN_PGOOD) view |= 16;
  return view | ((<i32>slot.latched & (OUT_USB_EN | OUT_LED_LOCATE)) << 16);
}

function publishState(slot: Slot): i32 {
  const view: i32 = slot.view;
  argument(0, word(POWER_WORDS, view & 7));
  argument(1, view & 8);
  argument(2, view & 16);
  argument(3, view & (OUT_USB_EN << 16));
  argument(4, view & (OUT_LED_LOCATE << 16));
  argument(5, word(FAULT_WORDS, (view >> 5) & 3));
  argument(6, word(CARRIER_WORDS, (view >> 8) & 7));
  argument(7, slot.current);
  argument(8, slot.seq);
  argument(9, now - slot.changedAt);
  return publish(TEXT_STATE_TOPIC, slot.number, TEXT_STATE, PUBLISH_RETAIN);
}

export function changed(slot: Slot): void {
  slot.seq++;
  slot.changedAt = after(0);
  slot.dirty = 1;
}

function flushState(slot: Slot): i32 {
  const view = viewOf(slot);
  if (view != slot.view || slot.seq == 0) {
    slot.view = view;
    slot.current = hal.measure(slot.number);
    changed(slot);
  }
  if (now - slot.changedAt > AGE_MAX) slot.changedAt = now - AGE_MAX;
  if (!slot.dirty) return OK;
  const answer = publishState(slot);
  slot.dirty = u8(answer == E_NO_ROOM);
  return answer;
}

/** Publishes all that is owed; what finds no room is tried again soon. */
export function flush(): void {
  const c = core();
  const slots: i32 = c.slots;
  for (let i = 0; i < slots; i++) {
    const slot = slotAt(i);
    const answered = flushAck(slot);
    if (flushState(slot) == E_NO_ROOM || answered == E_NO_ROOM) c.flushAt = after(FLUSH_RETRY_MS);
  }
}

// The words that the schemas are made of. They are only typed by TypeBox, whose runtime would cost
// hostd 20 MB of memory.
import type { TUnsafe } from "typebox";

export type Schema = Record<string, unknown>;

/** A schema whose values are of type T. */
export function typed<T>(schema: Schema): TUnsafe<T> {
  return schema as unknown as TUnsafe<T>;
}

export const text: Schema = { type: "string" };
export const whole: Schema = { type: "integer" };
export const number: Schema = { type: "number" };
export const flag: Schema = { type: "boolean" };
export const time: Schema = { type: "string", format: "date-time" };
export const free: Schema = { type: "object", additionalProperties: true };
export const words = (list: readonly string[]): Schema => ({ type: "string", enum: [...list] });
export const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: "null" }] });
export const list = (items: unknown): Schema => ({ type: "array", items });
export const short = (maxLength: number): Schema => ({ type: "string", minLength: 1, maxLength });
/** A whole number in a query string, where everything is text. */
export const digits = (description: string): Schema => ({
  ...text,
  pattern: "^\\d{1,5}$",
  description,
});

/** An object whose every member must be there; `optional` ones may be missing. */
export function object(properties: Record<string, unknown>, more: Schema = {}): Schema {
  const { optional = [], ...rest } = more as { optional?: string[] };
  const required = Object.keys(properties).filter((key) => !optional.includes(key));
  return { type: "object", required, properties, ...rest };
}

export const closed = { additionalProperties: false };

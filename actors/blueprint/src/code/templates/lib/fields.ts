import { z } from "zod";
import { text as words } from "@/lib/text";

/**
 * Schemas of single fields. Each accepts what a form control holds (text) as well as the stored value, and gives the
 * stored value: so the same schema checks forms, imported rows and answers of the server.
 */

type TextLimits = { max: number };
type NumberLimits = { min?: number; max?: number };

export type Json = Record<string, unknown> | unknown[];

const URL_START = /^https?:\/\//i;
const PHONE = /^\+?[0-9 ()./-]{5,30}$/;
const SLUG = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const GEO = /^-?(?:90(?:\.0+)?|[0-8]?\d(?:\.\d+)?), ?-?(?:180(?:\.0+)?|(?:1[0-7]\d|\d{1,2})(?:\.\d+)?)$/;
const DATE = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;

/** Makes a field optional: an empty control means `null`. */
export function optional<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => (value === "" || value === undefined ? null : value), schema.nullable());
}

export function text(label: string, { max }: TextLimits) {
  return z
    .string({ error: words.validation.required(label) })
    .trim()
    .min(1, words.validation.required(label))
    .max(max, words.validation.tooLong(label, max));
}

export function email(label: string) {
  return text(label, { max: 254 }).pipe(z.email(words.validation.email(label)));
}

/** Only web addresses: a stored `javascript:` link would run when somebody follows it. */
export function url(label: string) {
  return text(label, { max: 2000 }).refine(
    (value) => URL_START.test(value) && URL.canParse(value),
    words.validation.url(label),
  );
}

export function phone(label: string) {
  return text(label, { max: 30 }).regex(PHONE, words.validation.phone(label));
}

export function slug(label: string, limits: TextLimits) {
  return text(label, limits).regex(SLUG, words.validation.slug(label));
}

export function geo(label: string) {
  return text(label, { max: 50 }).regex(GEO, words.validation.geo(label));
}

function numeric(label: string, { min, max }: NumberLimits) {
  let schema = z.number({
    error: (issue) => (issue.input === undefined ? words.validation.required(label) : words.validation.number(label)),
  });
  if (min !== undefined) schema = schema.min(min, words.validation.atLeast(label, min));
  if (max !== undefined) schema = schema.max(max, words.validation.atMost(label, max));
  return schema;
}

function fromControl(value: unknown): unknown {
  if (typeof value !== "string") return value;
  return value.trim() === "" ? undefined : Number(value);
}

export function decimal(label: string, limits: NumberLimits) {
  return z.preprocess(fromControl, numeric(label, limits));
}

export function integer(label: string, limits: NumberLimits) {
  return z.preprocess(fromControl, numeric(label, limits).int(words.validation.integer(label)));
}

/** Two decimals, as the database keeps them. */
export function money(label: string, limits: NumberLimits) {
  return z.preprocess(
    fromControl,
    numeric(label, limits).transform((value) => Math.round(value * 100) / 100),
  );
}

export function flag() {
  return z.boolean();
}

/** A calendar day, `2026-01-31`. */
export function date(label: string) {
  return z
    .string({ error: words.validation.required(label) })
    .min(1, words.validation.required(label))
    .refine((value) => DATE.test(value) && !Number.isNaN(Date.parse(value)), words.validation.date(label));
}

/** A moment; stored as ISO 8601 in UTC. */
export function timestamp(label: string) {
  return z
    .string({ error: words.validation.required(label) })
    .min(1, words.validation.required(label))
    .refine((value) => !Number.isNaN(Date.parse(value)), words.validation.date(label))
    .transform((value) => new Date(value).toISOString());
}

export function choice<const V extends readonly [string, ...string[]]>(label: string, values: V) {
  return z.enum(values, { error: words.validation.choose(label) });
}

export function reference(label: string) {
  return z.uuid({ error: words.validation.choose(label) });
}

export function uuid(label: string) {
  return z.uuid({ error: words.validation.uuid(label) });
}

/** An object or a list. */
export function json(label: string) {
  return z.preprocess(
    (value) => {
      if (typeof value !== "string") return value;
      try {
        return JSON.parse(value) as unknown;
      } catch {
        return value;
      }
    },
    z.custom<Json>((value) => typeof value === "object" && value !== null, words.validation.json(label)),
  );
}

/** Columns that the store fills in. */
export const storedColumns = {
  id: z.uuid(),
  created_at: timestamp("created_at"),
  updated_at: timestamp("updated_at"),
};

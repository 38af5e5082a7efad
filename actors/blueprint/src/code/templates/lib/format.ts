import { text } from "@/lib/text";

const NOTHING = "—";

const numberFormat = new Intl.NumberFormat(text.locale, { maximumFractionDigits: 6 });
const moneyFormat = new Intl.NumberFormat(text.locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const dateFormat = new Intl.DateTimeFormat(text.locale, { dateStyle: "medium", timeZone: "UTC" });
const momentFormat = new Intl.DateTimeFormat(text.locale, { dateStyle: "medium", timeStyle: "short" });

type Maybe<T> = T | null | undefined;

/** "in_progress" → "In progress". */
export function humanise(value: Maybe<string>): string {
  if (!value) return NOTHING;
  const words = value.replaceAll("_", " ").trim();
  return words.charAt(0).toLocaleUpperCase(text.locale) + words.slice(1);
}

export function formatText(value: Maybe<string>): string {
  return value ? value : NOTHING;
}

export function formatNumber(value: Maybe<number>): string {
  return value === null || value === undefined ? NOTHING : numberFormat.format(value);
}

/** An amount with two decimals. The currency is a decision of the product, so no sign is printed. */
export function formatMoney(value: Maybe<number>): string {
  return value === null || value === undefined ? NOTHING : moneyFormat.format(value);
}

export function formatBoolean(value: Maybe<boolean>): string {
  if (value === null || value === undefined) return NOTHING;
  return value ? text.value.yes : text.value.no;
}

export function formatDate(value: Maybe<string>): string {
  const time = value ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? NOTHING : dateFormat.format(time);
}

export function formatMoment(value: Maybe<string>): string {
  const time = value ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? NOTHING : momentFormat.format(time);
}

/** Minutes as "1 h 30 min". */
export function formatDuration(minutes: Maybe<number>): string {
  if (minutes === null || minutes === undefined) return NOTHING;
  const hours = Math.trunc(minutes / 60);
  const rest = minutes % 60;
  if (hours === 0) return `${rest} min`;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}

export function formatJson(value: unknown): string {
  return value === null || value === undefined ? NOTHING : JSON.stringify(value, null, 2);
}

/** The address if a browser may safely follow it. */
export function safeHref(value: Maybe<string>): string | undefined {
  return value && /^https?:\/\//i.test(value) ? value : undefined;
}

/** A moment as a `datetime-local` control wants it: local time, to the minute. */
export function toLocalMinute(value: Maybe<string>): string {
  const time = value ? new Date(value) : undefined;
  if (!time || Number.isNaN(time.getTime())) return "";
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

import type { z } from "zod";
import type { EntityName, Role } from "@/lib/names";

/** What every stored row has. */
export type Stored = {
  id: string;
  created_at: string;
  updated_at: string;
  owner_id?: string;
};

/** One allowed change of state. An empty `by` means: everyone who may update the row. */
export type Move = { from: string; to: string; by: readonly Role[] };

/** States of a row, and how it gets from one to the next. */
export type LifeCycle = {
  field: string;
  initial: string;
  values: readonly string[];
  moves: readonly Move[];
};

/** A field that holds the id of a row of another table. */
export type Reference = { field: string; entity: EntityName; required: boolean };

/** Facts about an entity that generic code needs. */
export type EntityInfo = {
  name: EntityName;
  table: string;
  label: string;
  plural: string;
  /** Address of its list page. */
  path: string;
  /** Whether a row belongs to the person who made it. */
  owned: boolean;
  /** Field whose value names a row; `null`: rows are named by their id. */
  titleField: string | null;
  searchFields: readonly string[];
  uniqueFields: readonly string[];
  references: readonly Reference[];
  lifeCycle: LifeCycle | null;
};

/** An entity with its schemas: `input` is what people fill in, `row` is what is stored. */
export type EntityDef<T extends Stored, I> = EntityInfo & {
  input: z.ZodType<I>;
  row: z.ZodType<T>;
};

/** Value of a field that is only known by name. */
export function valueOf(row: Stored, field: string): unknown {
  return Object.hasOwn(row, field) ? (row as Readonly<Record<string, unknown>>)[field] : undefined;
}

/** How a row is called in lists, choices and headings. */
export function titleOf(entity: EntityInfo, row: Stored): string {
  const value = entity.titleField === null ? undefined : valueOf(row, entity.titleField);
  const named = typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
  return named === "" ? `${entity.label} ${row.id.slice(-6)}` : named;
}

/** Moves that people with `roles` may make from the present state of `row`. */
export function movesFrom(entity: EntityInfo, row: Stored, roles: readonly Role[], isAdmin: boolean): Move[] {
  const cycle = entity.lifeCycle;
  if (!cycle) return [];
  const present = valueOf(row, cycle.field);
  return cycle.moves.filter(
    (move) => move.from === present && (isAdmin || move.by.length === 0 || move.by.some((role) => roles.includes(role))),
  );
}

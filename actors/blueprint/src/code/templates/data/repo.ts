import type { Stored } from "@/lib/entity";
import { text } from "@/lib/text";

/** What a list shows. */
export type Query = {
  /** Words that one of the search fields must contain. */
  search?: string;
  /** Fields that must have exactly this value. */
  equals?: Readonly<Record<string, string>>;
  /** Counted from 1. */
  page?: number;
  size?: number;
};

export type Page<T> = { rows: T[]; total: number };

/** The reading half of a store. Both halves follow the permission table: what a person may not see is not there. */
export interface Reader<T extends Stored> {
  /** Newest rows first. */
  list(query?: Query): Promise<Page<T>>;
  get(id: string): Promise<T | null>;
}

/** Rows of one entity. Every method rejects with a `RepoError`. */
export interface Repo<T extends Stored, I> extends Reader<T> {
  create(input: I): Promise<T>;
  update(id: string, input: I): Promise<T>;
  /** Changes the state along one of the allowed moves. */
  move(id: string, to: string): Promise<T>;
  remove(id: string): Promise<void>;
}

const messages = {
  forbidden: text.error.forbidden,
  conflict: text.error.conflict,
  in_use: text.error.inUse,
  not_found: text.error.notFound,
  invalid: text.error.invalid,
  illegal_move: text.error.illegalMove,
  unavailable: text.error.unavailable,
  credentials: text.error.credentials,
} as const;

export type RepoErrorKind = keyof typeof messages;

/** A refusal with a sentence that people may read. */
export class RepoError extends Error {
  readonly kind: RepoErrorKind;

  constructor(kind: RepoErrorKind, cause?: unknown) {
    super(messages[kind], { cause });
    this.name = "RepoError";
    this.kind = kind;
  }
}

/** The sentence to show for anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof RepoError ? error.message : text.error.unavailable;
}

export const PAGE_SIZE = 10;
/** Most rows that a choice list loads. */
export const CHOICES_MAX = 500;

import type { MemoryDatabase } from "@/data/memory-database";
import { PAGE_SIZE, RepoError, type Page, type Query, type Repo } from "@/data/repo";
import { isAdmin, scopeOf, type Action, type Session } from "@/auth/permissions";
import { movesFrom, valueOf, type EntityDef, type Stored } from "@/lib/entity";

/** Rows in the browser, under the same rules as the policies and triggers of the database. */
export class MemoryRepo<T extends Stored, I extends object> implements Repo<T, I> {
  constructor(
    private readonly entity: EntityDef<T, I>,
    private readonly database: MemoryDatabase,
    private readonly session: () => Session | null,
  ) {}

  async list({ search = "", equals = {}, page = 1, size = PAGE_SIZE }: Query = {}): Promise<Page<T>> {
    const words = search.trim().toLocaleLowerCase();
    const found = this.all()
      .filter((row) => this.may("read", row))
      .filter((row) => Object.entries(equals).every(([field, value]) => valueOf(row, field) === value))
      .filter((row) => words === "" || this.entity.searchFields.some((field) => contains(valueOf(row, field), words)))
      .sort((a, b) => b.created_at.localeCompare(a.created_at) || a.id.localeCompare(b.id));
    return { rows: found.slice((page - 1) * size, page * size), total: found.length };
  }

  async get(id: string): Promise<T | null> {
    const row = this.all().find((candidate) => candidate.id === id);
    return row && this.may("read", row) ? row : null;
  }

  async create(input: I): Promise<T> {
    const now = new Date().toISOString();
    const cycle = this.entity.lifeCycle;
    const row = this.checked({
      ...input,
      ...(cycle ? { [cycle.field]: cycle.initial } : {}),
      ...(this.entity.owned ? { owner_id: this.session()?.id } : {}),
      id: crypto.randomUUID(),
      created_at: now,
      updated_at: now,
    });
    if (!this.may("create", row)) throw new RepoError("forbidden");
    this.refuseDuplicates(row);
    this.write([...this.all(), row]);
    return row;
  }

  async update(id: string, input: I): Promise<T> {
    return this.change(id, input);
  }

  async move(id: string, to: string): Promise<T> {
    const cycle = this.entity.lifeCycle;
    const row = this.existing(id);
    const session = this.session();
    const roles = session?.roles ?? [];
    const allowed = movesFrom(this.entity, row, roles, isAdmin(roles)).some((move) => move.to === to);
    if (!cycle || !allowed) throw new RepoError("illegal_move");
    return this.change(id, { [cycle.field]: to });
  }

  async remove(id: string): Promise<void> {
    const row = this.existing(id);
    if (!this.may("delete", row)) throw new RepoError("forbidden");
    const pointing = this.database
      .pointingTo(this.entity.name, id)
      .map((found) => ({ ...found, rows: found.rows.filter((other) => other.id !== id) }));
    if (pointing.some((found) => found.reference.required && found.rows.length > 0)) throw new RepoError("in_use");
    this.write(this.all().filter((other) => other.id !== id));
    for (const { name, reference, rows } of pointing) {
      const ids = new Set(rows.map((other) => other.id));
      const cleared = this.database
        .rows(name)
        .map((other) => (ids.has(other.id) ? { ...other, [reference.field]: null } : other));
      this.database.replace(name, cleared);
    }
  }

  /** The table holds what was checked against the schema when it was read or written. */
  private all(): T[] {
    return this.database.rows(this.entity.name) as T[];
  }

  private write(rows: T[]): void {
    this.database.replace(this.entity.name, rows);
  }

  private existing(id: string): T {
    const row = this.all().find((candidate) => candidate.id === id);
    if (!row) throw new RepoError("not_found");
    return row;
  }

  private change(id: string, values: object): T {
    const before = this.existing(id);
    if (!this.may("update", before)) throw new RepoError("forbidden");
    const row = this.checked({ ...before, ...values, id, updated_at: new Date().toISOString() });
    this.refuseDuplicates(row);
    this.write(this.all().map((other) => (other.id === id ? row : other)));
    return row;
  }

  private checked(values: object): T {
    const parsed = this.entity.row.safeParse(values);
    if (!parsed.success) throw new RepoError("invalid", parsed.error);
    return parsed.data;
  }

  private refuseDuplicates(row: T): void {
    for (const field of this.entity.uniqueFields) {
      const value = valueOf(row, field);
      const taken = this.all().some((other) => other.id !== row.id && valueOf(other, field) === value);
      if (taken && value !== null) throw new RepoError("conflict");
    }
  }

  private may(action: Action, row: T): boolean {
    const session = this.session();
    if (!session) return false;
    const scope = scopeOf(session.roles, action, this.entity.name);
    return scope === "all" || (scope === "own" && row.owner_id === session.id);
  }
}

function contains(value: unknown, words: string): boolean {
  return typeof value === "string" && value.toLocaleLowerCase().includes(words);
}

import type { PostgrestError, SupabaseClient } from "@supabase/supabase-js";
import { PAGE_SIZE, RepoError, type Page, type Query, type Repo, type RepoErrorKind } from "@/data/repo";
import type { EntityDef, Stored } from "@/lib/entity";

/** PostgreSQL: text that is no value of the type of the column. */
const NOT_A_UUID = "22P02";

/** Rows in Supabase. The policies of the migration decide what is seen and changed; nothing is trusted here. */
export class SupabaseRepo<T extends Stored, I extends object> implements Repo<T, I> {
  constructor(
    private readonly entity: EntityDef<T, I>,
    private readonly client: SupabaseClient,
  ) {}

  async list({ search = "", equals = {}, page = 1, size = PAGE_SIZE }: Query = {}): Promise<Page<T>> {
    let request = this.client.from(this.entity.table).select("*", { count: "exact" });
    for (const [field, value] of Object.entries(equals)) request = request.eq(field, value);
    const words = search.trim();
    if (words !== "" && this.entity.searchFields.length > 0) {
      request = request.or(this.entity.searchFields.map((field) => `${field}.ilike.${pattern(words)}`).join(","));
    }
    const { data, count, error } = await request
      .order("created_at", { ascending: false })
      .order("id")
      .range((page - 1) * size, page * size - 1);
    if (error) throw refusal(error);
    const rows: unknown[] = data;
    return { rows: rows.map((row) => this.parsed(row)), total: count ?? rows.length };
  }

  async get(id: string): Promise<T | null> {
    const { data, error } = await this.client.from(this.entity.table).select("*").eq("id", id).maybeSingle();
    // An address with something that is no id leads nowhere.
    if (error?.code === NOT_A_UUID) return null;
    if (error) throw refusal(error);
    return data === null ? null : this.parsed(data);
  }

  async create(input: I): Promise<T> {
    const { data, error } = await this.client.from(this.entity.table).insert(input).select("*").single();
    if (error) throw refusal(error);
    return this.parsed(data);
  }

  async update(id: string, input: I): Promise<T> {
    return this.change(id, input);
  }

  async move(id: string, to: string): Promise<T> {
    const cycle = this.entity.lifeCycle;
    if (!cycle) throw new RepoError("illegal_move");
    return this.change(id, { [cycle.field]: to });
  }

  async remove(id: string): Promise<void> {
    const { data, error } = await this.client.from(this.entity.table).delete().eq("id", id).select("id");
    if (error) throw refusal(error);
    // A policy that hides the row makes the statement succeed without deleting anything.
    if (data.length === 0) throw new RepoError("forbidden");
  }

  private async change(id: string, values: object): Promise<T> {
    const { data, error } = await this.client
      .from(this.entity.table)
      .update(values)
      .eq("id", id)
      .select("*")
      .maybeSingle();
    if (error) throw refusal(error);
    if (data === null) throw new RepoError("forbidden");
    return this.parsed(data);
  }

  private parsed(row: unknown): T {
    const parsed = this.entity.row.safeParse(row);
    if (!parsed.success) throw new RepoError("invalid", parsed.error);
    return parsed.data;
  }
}

/** A quoted `ilike` pattern in which the typed words stand for themselves. */
function pattern(words: string): string {
  const literal = words.replace(/[\\%_]/g, "\\$&");
  return `"%${literal.replace(/[\\"]/g, "\\$&")}%"`;
}

const kinds: Readonly<Record<string, RepoErrorKind>> = {
  "22001": "invalid",
  "22003": "invalid",
  "22P02": "invalid",
  "23502": "invalid",
  "23503": "in_use",
  "23505": "conflict",
  "23514": "invalid",
  "42501": "forbidden",
  P0001: "illegal_move",
  PGRST116: "not_found",
};

export function refusal(error: PostgrestError): RepoError {
  return new RepoError(kinds[error.code] ?? "unavailable", error);
}

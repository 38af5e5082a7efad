// @vitest-environment node
import { readdirSync, readFileSync } from "node:fs";
import { PGlite, type Transaction } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isAdmin, scopeOf, type Action } from "@/auth/permissions";
import { seedRows } from "@/data/seed";
import { demoPeople } from "@/data/seed/people";
import { entityInfos } from "@/domain";
import { valueOf } from "@/lib/entity";
import { entityNames, type EntityName } from "@/lib/names";

/**
 * Proves that the policies of the migration and the table in `src/auth/permissions.ts` say the same: the migration and
 * the demo rows go into a real PostgreSQL, then every person tries everything.
 */

const SUPABASE_STUB = `
  create role anon nologin;
  create role authenticated nologin;
  create role service_role nologin bypassrls;
  create schema auth;
  create table auth.users (id uuid primary key, email text, raw_user_meta_data jsonb not null default '{}');
  create function auth.uid() returns uuid language sql stable
    as $$ select nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$;
  grant usage on schema public, auth to anon, authenticated, service_role;
`;
const DENIED = "42501";
const STRANGER = "99999999-9999-4999-8999-999999999999";

let db: PGlite;

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const tableOf = (name: EntityName) => `public.${quoted(entityInfos[name].table)}`;

async function insert(tx: PGlite | Transaction, name: EntityName, row: object): Promise<void> {
  const fields = Object.keys(row).map(quoted).join(", ");
  const table = tableOf(name);
  await tx.query(`insert into ${table} (${fields}) select ${fields} from json_populate_record(null::${table}, $1)`, [
    JSON.stringify(row),
  ]);
}

class Undo extends Error {}

/** Runs `work` as `user`, then undoes it. Foreign keys and triggers rest: only the policies are asked. */
async function as<T>(user: string | null, work: (tx: Transaction) => Promise<T>, triggers = false): Promise<T> {
  let result: { value: T } | undefined;
  try {
    await db.transaction(async (tx) => {
      if (!triggers) await tx.exec("set local session_replication_role = replica");
      await tx.exec(`set local role ${user === null ? "anon" : "authenticated"}`);
      await tx.query("select set_config('request.jwt.claim.sub', $1, true)", [user ?? ""]);
      result = { value: await work(tx) };
      throw new Undo();
    });
  } catch (error) {
    if (!(error instanceof Undo)) throw error;
  }
  if (!result) throw new Error("the transaction gave no result");
  return result.value;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "";
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

beforeAll(async () => {
  db = new PGlite();
  await db.exec(SUPABASE_STUB);
  for (const file of readdirSync("supabase/migrations").sort()) {
    await db.exec(readFileSync(`supabase/migrations/${file}`, "utf8"));
  }
  for (const { id, email } of demoPeople) await db.query("insert into auth.users (id, email) values ($1, $2)", [id, email]);
  await db.query("insert into auth.users (id, email) values ($1, 'stranger@example.com')", [STRANGER]);
  await db.exec("delete from public.{{rolesTable}}");
  for (const { id, roles } of demoPeople) {
    for (const role of roles) await db.query("insert into public.{{rolesTable}} (user_id, role) values ($1, $2)", [id, role]);
  }
  await db.exec("set session_replication_role = replica");
  for (const name of entityNames) for (const row of seedRows[name]) await insert(db, name, row);
  await db.exec("set session_replication_role = origin");
});

afterAll(() => db.close());

test("every table has row-level security, and no policy lets everybody write", async () => {
  const open = await db.query("select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' and not relrowsecurity");
  expect(open.rows).toEqual([]);
  const careless = await db.query(
    "select policyname from pg_policies where schemaname = 'public' and cmd <> 'SELECT' and (qual = 'true' or with_check = 'true')",
  );
  expect(careless.rows).toEqual([]);
});

test("every foreign key has an index", async () => {
  const bare = await db.query(`
    select conrelid::regclass, conname from pg_constraint c
    where contype = 'f' and connamespace = 'public'::regnamespace
      and not exists (select from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = c.conkey[1])`);
  expect(bare.rows).toEqual([]);
});

const people = [
  ...demoPeople.map(({ id, email, roles }) => ({ id, email, roles })),
  { id: STRANGER, email: "stranger@example.com", roles: [] },
];

describe.each(people)("$email", ({ id, roles }) => {
  const expected = (action: Action, name: EntityName) => {
    const rows = seedRows[name];
    const counts = { none: 0, own: rows.filter((row) => row.owner_id === id).length, all: rows.length };
    return counts[scopeOf(roles, action, name)];
  };

  test.each(entityNames)("reads, changes and deletes the right rows of %s", async (name) => {
    const table = tableOf(name);
    const seen = await as(id, (tx) => tx.query<{ n: number }>(`select count(*)::int as n from ${table}`));
    expect(seen.rows[0]?.n).toBe(expected("read", name));
    const changed = await as(id, (tx) => tx.query(`update ${table} set updated_at = now()`));
    expect(changed.affectedRows).toBe(expected("update", name));
    const deleted = await as(id, (tx) => tx.query(`delete from ${table}`));
    expect(deleted.affectedRows).toBe(expected("delete", name));
  });

  test.each(entityNames)("adds rows to %s only as the table allows", async (name) => {
    const example = seedRows[name][0];
    if (!example) return;
    const row = (owner: string) => ({
      ...example,
      id: "11111111-1111-4111-8111-111111111111",
      ...(entityInfos[name].owned ? { owner_id: owner } : {}),
    });
    const scope = scopeOf(roles, "create", name);
    const own = await codeOf(as(id, (tx) => insert(tx, name, row(id))));
    expect(own === DENIED).toBe(scope === "none");
    if (!entityInfos[name].owned) return;
    const other = await codeOf(as(id, (tx) => insert(tx, name, row("22222222-2222-4222-8222-222222222222"))));
    expect(other === DENIED).toBe(scope !== "all");
  });

  test("gives nobody a role without being an administrator", async () => {
    const role = demoPeople.find((person) => isAdmin(person.roles))?.roles[0] ?? demoPeople[0]?.roles[0];
    if (!role) return;
    const sql = "insert into public.{{rolesTable}} (user_id, role) values ($1, $2) on conflict do nothing";
    const code = await codeOf(as(id, (tx) => tx.query(sql, [id, role]), true));
    expect(code === DENIED).toBe(!isAdmin(roles));
  });
});

test("people who are not signed in see and change nothing", async () => {
  for (const name of entityNames) {
    expect(await codeOf(as(null, (tx) => tx.query(`select * from ${tableOf(name)}`)))).toBe(DENIED);
    expect(await codeOf(as(null, (tx) => tx.query(`delete from ${tableOf(name)}`)))).toBe(DENIED);
  }
});

const admin = demoPeople.find((person) => isAdmin(person.roles));
const living = entityNames.filter((name) => entityInfos[name].lifeCycle !== null);

test.runIf(admin !== undefined && living.length > 0)("states change only along the life cycle", async () => {
  for (const name of living) {
    const cycle = entityInfos[name].lifeCycle;
    const row = seedRows[name][0];
    if (!cycle || !row || !admin) continue;
    const present = String(valueOf(row, cycle.field));
    const allowed = cycle.moves.filter((move) => move.from === present).map((move) => move.to);
    for (const value of cycle.values.filter((candidate) => candidate !== present)) {
      const sql = `update ${tableOf(name)} set ${quoted(cycle.field)} = $1 where id = $2`;
      const code = await codeOf(as(admin.id, (tx) => tx.query(sql, [value, row.id]), true));
      expect(code).toBe(allowed.includes(value) ? "" : "P0001");
    }
  }
});

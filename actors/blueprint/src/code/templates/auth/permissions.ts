import { adminRoles, type EntityName, type Role } from "@/lib/names";

export type Action = "create" | "read" | "update" | "delete";
/** On which rows: none, those that the person made, or every row. */
export type Scope = "none" | "own" | "all";
/** Who asks. */
export type Session = { id: string; roles: Role[] };

type Rights = Partial<Record<EntityName, Partial<Record<Action, "own" | "all">>>>;

/** Who may do what. The policies of the migration say the same; `tests/policies.test.ts` compares them. */
const table: Readonly<Record<Role, Rights>> = {
{{rows}}
};

export function isAdmin(roles: readonly Role[]): boolean {
  return roles.some((role) => adminRoles.includes(role));
}

/** The widest right that one of `roles` gives. */
export function scopeOf(roles: readonly Role[], action: Action, entity: EntityName): Scope {
  const scopes = roles.map((role) => table[role][entity]?.[action]);
  if (scopes.includes("all")) return "all";
  return scopes.includes("own") ? "own" : "none";
}

/** Whether people with `role` may do `action`; `own` tells whether the row is theirs. */
export function can(role: Role | readonly Role[], action: Action, entity: EntityName, own = false): boolean {
  const scope = scopeOf(typeof role === "string" ? [role] : role, action, entity);
  return scope === "all" || (scope === "own" && own);
}

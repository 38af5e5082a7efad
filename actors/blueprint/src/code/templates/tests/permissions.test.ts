import { describe, expect, test } from "vitest";
import { can, scopeOf, type Action } from "@/auth/permissions";
import { adminRoles, entityNames, roles, type EntityName, type Role } from "@/lib/names";

/** The rights as they were specified. Whoever changes them has to say so here as well. */
const specified: readonly (readonly [Role, EntityName, "own" | "all", readonly Action[]])[] = [
{{rights}}
];

const actions: readonly Action[] = ["create", "read", "update", "delete"];

describe.each(roles)("%s", (role) => {
  test.each(entityNames)("has the specified rights on %s", (entity) => {
    const right = specified.find((row) => row[0] === role && row[1] === entity);
    for (const action of actions) {
      const expected = right?.[3].includes(action) ? right[2] : "none";
      expect(scopeOf([role], action, entity)).toBe(expected);
      expect(can(role, action, entity, true)).toBe(expected !== "none");
      expect(can(role, action, entity, false)).toBe(expected === "all");
    }
  });
});

test("administrators may do everything, people without a role nothing", () => {
  for (const entity of entityNames) {
    for (const action of actions) {
      expect(adminRoles.every((role) => can(role, action, entity))).toBe(true);
      expect(can([], action, entity, true)).toBe(false);
    }
  }
});

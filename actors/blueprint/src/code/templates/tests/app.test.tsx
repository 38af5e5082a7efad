import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { MemoryRouter } from "react-router-dom";
import { afterEach, describe, expect, test } from "vitest";
import { App } from "@/App";
import { can } from "@/auth/permissions";
import { createMemoryServices, type Services } from "@/data/services";
import { seedRows } from "@/data/seed";
import { demoPeople } from "@/data/seed/people";
import { entityInfos } from "@/domain";
import { entityNames } from "@/lib/names";
import { text } from "@/lib/text";
import { guardedRoutes } from "@/routes";

function memoryStorage() {
  const values = new Map<string, string>();
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  };
}

function show(path: string, services: Services = createMemoryServices(memoryStorage())) {
  return render(
    <MemoryRouter initialEntries={[path]}>
      <App services={services} />
    </MemoryRouter>,
  );
}

/** The application at `path`, with `email` signed in. */
async function showAs(email: string, path: string) {
  const services = createMemoryServices(memoryStorage());
  await services.auth.signIn(email, "");
  show(path, services);
}

const heading = () => screen.findByRole("heading", { level: 1 }, { timeout: 20_000 });

afterEach(cleanup);

test("the start page names the product", async () => {
  show("/");
  expect((await heading()).textContent).toBe(text.app.name);
});

test("a guarded page asks for a sign-in, then opens", async () => {
  show("/dashboard");
  const first = demoPeople[0];
  if (!first) return;
  await heading();
  await userEvent.click(await screen.findByRole("button", { name: new RegExp(first.email) }));
  await waitFor(async () => expect((await heading()).textContent).toBe(text.dashboard.title), { timeout: 20_000 });
});

test("an unknown address says so", async () => {
  show("/no/such/page");
  expect((await heading()).textContent).toBe(text.missing.title);
});

describe.each(guardedRoutes.map(({ path, roles }) => ({ path, roles })))("$path", ({ path, roles }) => {
  const entity = entityNames.map((name) => entityInfos[name]).find((info) => path === info.path || path.startsWith(`${info.path}/`));

  test("opens for its roles without an error", async () => {
    const withId = path.includes(":id");
    const person = demoPeople.find(
      (candidate) =>
        candidate.roles.some((role) => roles.includes(role)) &&
        // Without the right to read there is no record to open.
        (!withId || (entity && can(candidate.roles, "read", entity.name, true))),
    );
    if (!person) return;
    const row = entity && seedRows[entity.name].find((candidate) => (candidate.owner_id ?? person.id) === person.id);
    if (withId && !row) return;
    await showAs(person.email, path.replace(":id", row?.id ?? ""));
    expect((await heading()).textContent).not.toBe(text.forbidden.title);
    expect(screen.queryByRole("alert")).toBeNull();
  });

  test("is closed to everybody else", async () => {
    const person = demoPeople.find((candidate) => !candidate.roles.some((role) => roles.includes(role)));
    if (!person) return;
    await showAs(person.email, path.replace(":id", "x"));
    expect((await heading()).textContent).toBe(text.forbidden.title);
  });
});

describe.each(guardedRoutes.filter(({ path }) => path.endsWith("/new")).map(({ path, roles }) => ({ path, roles })))(
  "the form $path",
  ({ path, roles }) => {
    test("names what is missing when it is sent empty", async () => {
      const person = demoPeople.find((candidate) => candidate.roles.some((role) => roles.includes(role)));
      if (!person) return;
      await showAs(person.email, path);
      await heading();
      const required = document.querySelectorAll("[aria-required=true]");
      await userEvent.click(screen.getByRole("button", { name: text.action.save }));
      if (required.length === 0) return;
      expect((await screen.findByRole("alert")).textContent).toBe(text.form.fix);
      expect(document.querySelectorAll("[aria-invalid=true]").length).toBeGreaterThan(0);
    });
  },
);

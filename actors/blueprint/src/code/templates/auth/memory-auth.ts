import type { AuthBackend, DemoAccount, Person } from "@/auth/backend";
import { isAdmin, type Session } from "@/auth/permissions";
import type { KeyValueStore } from "@/data/memory-database";
import { RepoError } from "@/data/repo";
import { demoPeople } from "@/data/seed/people";
import { defaultRole, isRole, roleLabels, type Role } from "@/lib/names";

type Saved = { current: string | null; people: Person[] };

/** Accounts in the browser. Nothing here is secret: every password is accepted, the data is made up. */
export class MemoryAuth implements AuthBackend {
  readonly demoAccounts: readonly DemoAccount[] = demoPeople.map(({ email, name, roles }) => ({
    email,
    name,
    role: roles.map((role) => roleLabels[role]).join(", "),
  }));
  private saved: Saved;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly storage: KeyValueStore,
    private readonly key: string,
  ) {
    this.saved = this.load();
  }

  session(): Session | null {
    return this.saved.people.find((person) => person.id === this.saved.current) ?? null;
  }

  async current(): Promise<Person | null> {
    return this.saved.people.find((person) => person.id === this.saved.current) ?? null;
  }

  async signIn(email: string): Promise<Person> {
    const wanted = email.trim().toLowerCase();
    const person = this.saved.people.find((candidate) => candidate.email === wanted);
    if (!person) throw new RepoError("credentials");
    this.save({ ...this.saved, current: person.id });
    return person;
  }

  async signUp(email: string): Promise<void> {
    const wanted = email.trim().toLowerCase();
    if (this.saved.people.some((person) => person.email === wanted)) throw new RepoError("conflict");
    const person: Person = {
      id: crypto.randomUUID(),
      email: wanted,
      name: wanted.split("@")[0] ?? wanted,
      roles: defaultRole === null ? [] : [defaultRole],
    };
    this.save({ ...this.saved, people: [...this.saved.people, person] });
  }

  async signOut(): Promise<void> {
    this.save({ ...this.saved, current: null });
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async people(): Promise<Person[]> {
    if (!isAdmin(this.session()?.roles ?? [])) throw new RepoError("forbidden");
    return [...this.saved.people];
  }

  async setRoles(id: string, roles: readonly Role[]): Promise<void> {
    if (!isAdmin(this.session()?.roles ?? [])) throw new RepoError("forbidden");
    const people = this.saved.people.map((person) => (person.id === id ? { ...person, roles: [...roles] } : person));
    this.save({ ...this.saved, people });
  }

  private load(): Saved {
    const fresh: Saved = { current: null, people: demoPeople.map((person) => ({ ...person })) };
    try {
      const stored: unknown = JSON.parse(this.storage.getItem(this.key) ?? "null");
      return isSaved(stored) ? stored : fresh;
    } catch {
      return fresh;
    }
  }

  private save(next: Saved): void {
    this.saved = next;
    try {
      this.storage.setItem(this.key, JSON.stringify(next));
    } catch {
      // A full or forbidden store: the session lasts until the page is closed.
    }
    this.listeners.forEach((listener) => listener());
  }
}

function isSaved(value: unknown): value is Saved {
  if (typeof value !== "object" || value === null || !("people" in value) || !("current" in value)) return false;
  const { people, current } = value;
  return (current === null || typeof current === "string") && Array.isArray(people) && people.every(isPerson);
}

function isPerson(value: unknown): value is Person {
  if (typeof value !== "object" || value === null) return false;
  if (!("id" in value && "email" in value && "name" in value && "roles" in value)) return false;
  const texts = [value.id, value.email, value.name].every((part) => typeof part === "string");
  return texts && Array.isArray(value.roles) && value.roles.every(isRole);
}

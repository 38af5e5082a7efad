import type { SupabaseClient } from "@supabase/supabase-js";
import { z } from "zod";
import type { AuthBackend, Person } from "@/auth/backend";
import { RepoError } from "@/data/repo";
import { refusal } from "@/data/supabase-repo";
import { isRole, type Role } from "@/lib/names";

const roleRows = z.array(z.object({ user_id: z.uuid(), role: z.string() }));
const peopleRows = z.array(z.object({ id: z.uuid(), email: z.string(), display_name: z.string() }));

/** Accounts of Supabase Auth; roles from the tables of the migration. */
export class SupabaseAuth implements AuthBackend {
  readonly demoAccounts = [];

  constructor(private readonly client: SupabaseClient) {}

  async current(): Promise<Person | null> {
    const { data } = await this.client.auth.getSession();
    const user = data.session?.user;
    if (!user) return null;
    const email = user.email ?? "";
    const { data: rows, error } = await this.client.from("{{rolesTable}}").select("user_id, role").eq("user_id", user.id);
    if (error) throw refusal(error);
    const roles = roleRows.parse(rows).map((row) => row.role).filter(isRole);
    return { id: user.id, email, name: email.split("@")[0] ?? email, roles };
  }

  async signIn(email: string, password: string): Promise<Person> {
    const { error } = await this.client.auth.signInWithPassword({ email, password });
    if (error) throw new RepoError(error.status === 400 ? "credentials" : "unavailable", error);
    const person = await this.current();
    if (!person) throw new RepoError("unavailable");
    return person;
  }

  async signUp(email: string, password: string): Promise<void> {
    const { error } = await this.client.auth.signUp({ email, password });
    if (error) throw new RepoError(error.status === 422 ? "conflict" : "unavailable", error);
  }

  async signOut(): Promise<void> {
    await this.client.auth.signOut();
  }

  onChange(listener: () => void): () => void {
    // The client holds a lock while it calls back, so questions to it must wait until it is done.
    const { data } = this.client.auth.onAuthStateChange(() => window.setTimeout(listener, 0));
    return () => data.subscription.unsubscribe();
  }

  async people(): Promise<Person[]> {
    const people = await this.client.from("{{usersTable}}").select("id, email, display_name").order("email");
    if (people.error) throw refusal(people.error);
    const roles = await this.client.from("{{rolesTable}}").select("user_id, role");
    if (roles.error) throw refusal(roles.error);
    const given = roleRows.parse(roles.data);
    return peopleRows.parse(people.data).map(({ id, email, display_name }) => ({
      id,
      email,
      name: display_name,
      roles: given.filter((row) => row.user_id === id).map((row) => row.role).filter(isRole),
    }));
  }

  async setRoles(id: string, roles: readonly Role[]): Promise<void> {
    const table = () => this.client.from("{{rolesTable}}");
    if (roles.length > 0) {
      const rows = roles.map((role) => ({ user_id: id, role }));
      const added = await table().upsert(rows, { ignoreDuplicates: true });
      if (added.error) throw refusal(added.error);
    }
    const gone = table().delete().eq("user_id", id);
    const removed = await (roles.length > 0 ? gone.not("role", "in", `(${roles.join(",")})`) : gone);
    if (removed.error) throw refusal(removed.error);
  }
}

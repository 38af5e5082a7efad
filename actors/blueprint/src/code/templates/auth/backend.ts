import type { Session } from "@/auth/permissions";
import type { Role } from "@/lib/names";

/** A person as others see them. */
export type Person = Session & { email: string; name: string };

/** An account that anybody may try, in demo mode. */
export type DemoAccount = { email: string; name: string; role: string };

/** Who is signed in, and who has which role. */
export interface AuthBackend {
  /** Accounts to offer on the sign-in page; empty with a real server. */
  readonly demoAccounts: readonly DemoAccount[];
  current(): Promise<Person | null>;
  signIn(email: string, password: string): Promise<Person>;
  signUp(email: string, password: string): Promise<void>;
  signOut(): Promise<void>;
  /** Calls back whenever somebody signs in or out; gives the function that ends it. */
  onChange(listener: () => void): () => void;
  /** Everybody; for administrators. */
  people(): Promise<Person[]>;
  setRoles(id: string, roles: readonly Role[]): Promise<void>;
}

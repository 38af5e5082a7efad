import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import type { Person } from "@/auth/backend";
import { can, isAdmin, type Action } from "@/auth/permissions";
import { useServices } from "@/data/services";
import type { EntityInfo, Stored } from "@/lib/entity";

type AuthState = {
  /** `undefined` until the first answer is there. */
  person: Person | null | undefined;
  refresh: () => Promise<void>;
  signOut: () => Promise<void>;
};

const AuthContext = createContext<AuthState | null>(null);

export function AuthProvider({ children }: { children: ReactNode }) {
  const { auth } = useServices();
  const [person, setPerson] = useState<Person | null | undefined>(undefined);

  const refresh = useCallback(async () => {
    try {
      setPerson(await auth.current());
    } catch {
      setPerson(null);
    }
  }, [auth]);

  useEffect(() => {
    void refresh();
    return auth.onChange(() => void refresh());
  }, [auth, refresh]);

  const signOut = useCallback(async () => {
    await auth.signOut();
    setPerson(null);
  }, [auth]);

  const value = useMemo(() => ({ person, refresh, signOut }), [person, refresh, signOut]);
  return <AuthContext value={value}>{children}</AuthContext>;
}

export function useAuth(): AuthState {
  const state = useContext(AuthContext);
  if (!state) throw new Error("useAuth needs an AuthProvider above it");
  return state;
}

/** Questions about what the signed-in person may do. */
export function useCan() {
  const { person } = useAuth();
  const roles = useMemo(() => person?.roles ?? [], [person]);
  const id = person?.id;
  return useMemo(
    () => ({
      roles,
      admin: isAdmin(roles),
      may: (action: Action, entity: EntityInfo, row?: Stored) =>
        // Without a row the question is about the person's own rows: is the action possible at all?
        can(roles, action, entity.name, row === undefined || row.owner_id === id),
    }),
    [roles, id],
  );
}

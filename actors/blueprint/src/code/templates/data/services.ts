import { createContext, useContext } from "react";
import type { AuthBackend } from "@/auth/backend";
import { MemoryAuth } from "@/auth/memory-auth";
import { MemoryDatabase, type KeyValueStore } from "@/data/memory-database";
import { createMemoryRepos, type Repos } from "@/data/repos";

/** Everything behind the screens. */
export type Services = { auth: AuthBackend; repos: Repos };

const STORAGE_KEY = "{{storageKey}}";

/** The demo: no server, no account, data in this browser. */
export function createMemoryServices(storage: KeyValueStore): Services {
  const database = new MemoryDatabase(storage, `${STORAGE_KEY}.rows`);
  const auth = new MemoryAuth(storage, `${STORAGE_KEY}.auth`);
  return { auth, repos: createMemoryRepos(database, () => auth.session()) };
}

export const ServicesContext = createContext<Services | null>(null);

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (!services) throw new Error("useServices needs a ServicesContext above it");
  return services;
}

export function useRepos(): Repos {
  return useServices().repos;
}

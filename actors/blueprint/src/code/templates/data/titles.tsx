import { createContext, useCallback, useContext, useMemo, useRef, type ReactNode } from "react";
import { useAuth } from "@/auth/auth-context";
import { CHOICES_MAX } from "@/data/repo";
import { readerOf } from "@/data/repos";
import { useRepos } from "@/data/services";
import { useLoad, type Loaded } from "@/data/use-load";
import { entityInfos } from "@/domain";
import { titleOf } from "@/lib/entity";
import type { EntityName } from "@/lib/names";

export type Titles = ReadonlyMap<string, string>;

type TitleCache = { load: (name: EntityName) => Promise<Titles>; forget: () => void };

const TitlesContext = createContext<TitleCache | null>(null);

/** Remembers how rows are called, so that a table of references asks once per entity and not once per cell. */
export function TitlesProvider({ children }: { children: ReactNode }) {
  const repos = useRepos();
  const { person } = useAuth();
  const cache = useRef(new Map<EntityName, Promise<Titles>>());

  const forget = useCallback(() => cache.current.clear(), []);
  const load = useCallback(
    (name: EntityName) => {
      const known = cache.current.get(name);
      if (known) return known;
      const loading = readerOf(repos, name)
        .list({ size: CHOICES_MAX })
        .then(({ rows }): Titles => new Map(rows.map((row) => [row.id, titleOf(entityInfos[name], row)])));
      cache.current.set(name, loading);
      // A failure must not be remembered.
      loading.catch(() => cache.current.delete(name));
      return loading;
    },
    [repos],
  );
  const value = useMemo(() => {
    // Another person sees other rows.
    cache.current.clear();
    return { load, forget, person };
  }, [load, forget, person]);
  return <TitlesContext value={value}>{children}</TitlesContext>;
}

function useTitleCache(): TitleCache {
  const cache = useContext(TitlesContext);
  if (!cache) throw new Error("useTitles needs a TitlesProvider above it");
  return cache;
}

/** Titles of the rows of `name` that the signed-in person may see. */
export function useTitles(name: EntityName): Loaded<Titles> {
  const cache = useTitleCache();
  return useLoad(useCallback(() => cache.load(name), [cache, name]));
}

/** Call it after every change of data. */
export function useForgetTitles(): () => void {
  return useTitleCache().forget;
}

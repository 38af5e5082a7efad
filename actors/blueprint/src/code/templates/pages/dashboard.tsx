import { useCallback } from "react";
import { Link } from "react-router-dom";
import { useAuth, useCan } from "@/auth/auth-context";
import { PageHeader } from "@/components/page";
import { RelatedRows } from "@/components/related-rows";
import { Skeleton } from "@/components/ui/skeleton";
import { readerOf } from "@/data/repos";
import { useRepos } from "@/data/services";
import { useLoad } from "@/data/use-load";
import { entityInfos } from "@/domain";
import type { EntityInfo } from "@/lib/entity";
import { entityNames } from "@/lib/names";
import { text } from "@/lib/text";

/** Entities come in order of importance; the first ones get a list of their own. */
const LATEST_MAX = 4;

/** Counts and latest rows of everything the signed-in person may read. */
export default function {{component}}() {
  const { person } = useAuth();
  const repos = useRepos();
  const { may } = useCan();
  const readable = entityNames.filter((name) => may("read", entityInfos[name]));
  return (
    <>
      <PageHeader title={text.dashboard.title} description={text.dashboard.hello(person?.name ?? "")} />
      <ul className="grid grid-cols-2 gap-3 sm:gap-4 lg:grid-cols-4">
        {readable.map((name) => (
          <li key={name}>
            <CountCard entity={entityInfos[name]} />
          </li>
        ))}
      </ul>
      <div className="mt-6 grid gap-4 lg:grid-cols-2">
        {readable.slice(0, LATEST_MAX).map((name) => (
          <RelatedRows
            key={name}
            entity={entityInfos[name]}
            repo={readerOf(repos, name)}
            title={text.dashboard.latest(entityInfos[name].plural)}
          />
        ))}
      </div>
    </>
  );
}

function CountCard({ entity }: { entity: EntityInfo }) {
  const repos = useRepos();
  const load = useCallback(() => readerOf(repos, entity.name).list({ size: 1 }), [repos, entity.name]);
  const result = useLoad(load);
  return (
    <Link
      to={entity.path}
      className="block h-full rounded-lg border border-border bg-card p-4 text-card-foreground shadow-xs transition-colors hover:bg-accent hover:text-accent-foreground focus-visible:outline-2 focus-visible:outline-ring sm:p-5"
    >
      <p className="truncate text-sm text-muted-foreground">{entity.plural}</p>
      {result.status === "ready" ? (
        <p className="mt-1 text-2xl font-semibold tracking-tight tabular-nums sm:text-3xl">
          {result.value.total}
          <span className="sr-only"> {text.dashboard.total}</span>
        </p>
      ) : (
        <Skeleton className="mt-2 h-8 w-12" />
      )}
    </Link>
  );
}

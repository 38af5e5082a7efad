import { useCallback } from "react";
import { Link } from "react-router-dom";
import { useCan } from "@/auth/auth-context";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { ErrorState } from "@/components/ui/error-state";
import { Skeleton } from "@/components/ui/skeleton";
import { StateBadge } from "@/components/values";
import type { Reader } from "@/data/repo";
import { useLoad } from "@/data/use-load";
import { titleOf, valueOf, type EntityInfo, type Stored } from "@/lib/entity";
import { text } from "@/lib/text";

const SHOWN_MAX = 5;

type RelatedRowsProps = {
  entity: EntityInfo;
  repo: Reader<Stored>;
  title: string;
  /** Only rows whose `field` holds `id`. */
  where?: { field: string; id: string };
};

/** A short list of rows of another entity, newest first. */
export function RelatedRows({ entity, repo, title, where }: RelatedRowsProps) {
  const { may } = useCan();
  const field = where?.field;
  const id = where?.id;
  const load = useCallback(
    () => repo.list({ size: SHOWN_MAX, ...(field && id ? { equals: { [field]: id } } : {}) }),
    [repo, field, id],
  );
  const result = useLoad(load);
  if (!may("read", entity)) return null;
  return (
    <Card>
      <CardHeader className="flex-row items-center justify-between">
        <CardTitle className="min-w-0 truncate">{title}</CardTitle>
        <Link
          to={entity.path}
          aria-label={`${text.action.viewAll}: ${entity.plural}`}
          className="shrink-0 rounded-sm text-sm text-primary underline-offset-4 hover:underline focus-visible:outline-2 focus-visible:outline-ring"
        >
          {text.action.viewAll}
        </Link>
      </CardHeader>
      <CardContent>
        {result.status === "loading" && <Skeleton className="h-20 w-full" />}
        {result.status === "failed" && <ErrorState message={result.message} onRetry={result.reload} />}
        {result.status === "ready" && result.value.total === 0 && (
          <p className="py-2 text-sm text-muted-foreground">{text.list.empty(entity.plural)}</p>
        )}
        {result.status === "ready" && result.value.total > 0 && (
          <ul className="-mx-2 divide-y divide-border">
            {result.value.rows.map((row) => (
              <li key={row.id}>
                <Link
                  to={`${entity.path}/${row.id}`}
                  className="flex items-center justify-between gap-3 rounded-md px-2 py-2.5 text-sm hover:bg-muted focus-visible:outline-2 focus-visible:outline-ring"
                >
                  <span className="min-w-0 truncate font-medium">{titleOf(entity, row)}</span>
                  <RowState entity={entity} row={row} />
                </Link>
              </li>
            ))}
          </ul>
        )}
      </CardContent>
    </Card>
  );
}

function RowState({ entity, row }: { entity: EntityInfo; row: Stored }) {
  const state = entity.lifeCycle ? valueOf(row, entity.lifeCycle.field) : undefined;
  return typeof state === "string" ? <StateBadge value={state} /> : null;
}

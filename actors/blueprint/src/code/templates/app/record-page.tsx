import { useCallback, useState, type ReactNode } from "react";
import { Link, useNavigate, useParams } from "react-router-dom";
import { useCan } from "@/auth/auth-context";
import { PageHeader, PageSkeleton, RecordNotFound } from "@/components/page";
import { Fact, Facts, StateBadge } from "@/components/values";
import { Button, buttonVariants } from "@/components/ui/button";
import { Card, CardContent, CardHeader, CardTitle } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { ErrorState } from "@/components/ui/error-state";
import { useToast } from "@/components/ui/toast";
import { messageOf, type Reader } from "@/data/repo";
import { useForgetTitles } from "@/data/titles";
import { useLoad } from "@/data/use-load";
import { movesFrom, titleOf, valueOf, type EntityInfo, type Stored } from "@/lib/entity";
import { formatMoment, humanise } from "@/lib/format";
import { text } from "@/lib/text";

/** What this page needs of a repository. */
type RecordRepo<T extends Stored> = Reader<T> & {
  move(id: string, to: string): Promise<T>;
  remove(id: string): Promise<void>;
};

type RecordPageProps<T extends Stored> = {
  entity: EntityInfo;
  repo: RecordRepo<T>;
  /** The fields, as `Fact` elements. */
  facts: (row: T) => ReactNode;
  /** Rows of other entities that belong to this one. */
  related?: (row: T) => ReactNode;
};

/** The page of one record: its fields, its next states, what belongs to it. */
export function RecordPage<T extends Stored>({ entity, repo, facts, related }: RecordPageProps<T>) {
  const { id = "" } = useParams();
  const result = useLoad(useCallback(() => repo.get(id), [repo, id]));
  if (result.status === "loading") return <PageSkeleton />;
  if (result.status === "failed") return <ErrorState message={result.message} onRetry={result.reload} />;
  const row = result.value;
  const back = { to: entity.path, label: entity.plural };
  if (row === null) return <RecordNotFound back={back} />;
  return (
    <>
      <PageHeader
        title={titleOf(entity, row)}
        description={<Subtitle entity={entity} row={row} />}
        back={back}
        actions={<RecordActions entity={entity} repo={repo} row={row} />}
      />
      <div className="flex flex-col gap-6">
        <StateMoves entity={entity} repo={repo} row={row} onMoved={result.reload} />
        <Card>
          <CardHeader>
            <CardTitle>{text.record.details}</CardTitle>
          </CardHeader>
          <CardContent>
            <Facts>
              {facts(row)}
              <Fact label={text.record.created}>{formatMoment(row.created_at)}</Fact>
              <Fact label={text.record.updated}>{formatMoment(row.updated_at)}</Fact>
            </Facts>
          </CardContent>
        </Card>
        {related?.(row)}
      </div>
    </>
  );
}

function Subtitle({ entity, row }: { entity: EntityInfo; row: Stored }) {
  const state = entity.lifeCycle ? valueOf(row, entity.lifeCycle.field) : undefined;
  return (
    <span className="flex flex-wrap items-center gap-2">
      {entity.label}
      {typeof state === "string" && <StateBadge value={state} />}
    </span>
  );
}

type PartProps<T extends Stored> = { entity: EntityInfo; repo: RecordRepo<T>; row: T };

function RecordActions<T extends Stored>({ entity, repo, row }: PartProps<T>) {
  const { may } = useCan();
  const toast = useToast();
  const navigate = useNavigate();
  const forgetTitles = useForgetTitles();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);

  const remove = async () => {
    setBusy(true);
    try {
      await repo.remove(row.id);
      forgetTitles();
      toast(text.record.deleted(entity.label));
      await navigate(entity.path);
    } catch (error) {
      setAsking(false);
      setBusy(false);
      toast(messageOf(error), "destructive");
    }
  };

  return (
    <>
      {may("update", entity, row) && (
        <Link to={`${entity.path}/${row.id}/edit`} className={buttonVariants({ variant: "outline" })}>
          {text.action.edit}
        </Link>
      )}
      {may("delete", entity, row) && (
        <>
          <Button variant="outline" className="text-destructive" onClick={() => setAsking(true)}>
            {text.action.delete}
          </Button>
          <Dialog
            open={asking}
            onClose={() => setAsking(false)}
            title={text.record.confirmTitle(titleOf(entity, row))}
            description={text.record.confirmHint}
          >
            <Button variant="outline" onClick={() => setAsking(false)}>
              {text.action.cancel}
            </Button>
            <Button variant="destructive" disabled={busy} onClick={() => void remove()}>
              {text.action.delete}
            </Button>
          </Dialog>
        </>
      )}
    </>
  );
}

function StateMoves<T extends Stored>({ entity, repo, row, onMoved }: PartProps<T> & { onMoved: () => void }) {
  const { may, roles, admin } = useCan();
  const toast = useToast();
  const [busy, setBusy] = useState(false);
  const moves = may("update", entity, row) ? movesFrom(entity, row, roles, admin) : [];
  if (moves.length === 0) return null;

  const move = async (to: string) => {
    setBusy(true);
    try {
      await repo.move(row.id, to);
      toast(text.record.moved(humanise(to)));
      onMoved();
    } catch (error) {
      toast(messageOf(error), "destructive");
    } finally {
      setBusy(false);
    }
  };

  return (
    <Card className="flex flex-wrap items-center gap-3 p-4">
      <h2 className="mr-auto text-sm font-medium">{text.record.moves}</h2>
      {moves.map(({ to }) => (
        <Button key={to} variant="secondary" size="sm" disabled={busy} onClick={() => void move(to)}>
          {humanise(to)}
        </Button>
      ))}
    </Card>
  );
}

import { useCallback, useEffect, useState, type ReactNode } from "react";
import { Link } from "react-router-dom";
import { useCan } from "@/auth/auth-context";
import { PlusIcon, SearchIcon } from "@/components/icons";
import { PageHeader } from "@/components/page";
import { Button, buttonVariants } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { ErrorState } from "@/components/ui/error-state";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { Select } from "@/components/ui/select";
import { Skeleton } from "@/components/ui/skeleton";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/components/ui/table";
import { PAGE_SIZE, type Page, type Reader } from "@/data/repo";
import { useLoad } from "@/data/use-load";
import { titleOf, type EntityInfo, type Stored } from "@/lib/entity";
import { humanise } from "@/lib/format";
import { text } from "@/lib/text";

export type Column<T> = { field: string; header: string; cell: (row: T) => ReactNode; numeric?: boolean };
export type Filter = { field: string; label: string; values: readonly string[] };

type EntityTableProps<T extends Stored> = {
  entity: EntityInfo;
  repo: Reader<T>;
  columns: readonly Column<T>[];
  filters?: readonly Filter[];
};

const SEARCH_DELAY_MS = 200;

/** A list page: search, filters, paging, and what to show while there is nothing to show. */
export function EntityTable<T extends Stored>({ entity, repo, columns, filters = [] }: EntityTableProps<T>) {
  const { may } = useCan();
  const [typed, setTyped] = useState("");
  const [search, setSearch] = useState("");
  const [equals, setEquals] = useState<Readonly<Record<string, string>>>({});
  const [page, setPage] = useState(1);

  useEffect(() => {
    const timer = window.setTimeout(() => {
      setSearch(typed);
      setPage(1);
    }, SEARCH_DELAY_MS);
    return () => window.clearTimeout(timer);
  }, [typed]);

  const load = useCallback(() => repo.list({ search, equals, page }), [repo, search, equals, page]);
  const result = useLoad(load);
  const filtered = search !== "" || Object.keys(equals).length > 0;
  const choose = (field: string, value: string) => {
    setPage(1);
    setEquals((before) => {
      const { [field]: _dropped, ...others } = before;
      return value === "" ? others : { ...others, [field]: value };
    });
  };
  const clear = () => {
    setTyped("");
    setSearch("");
    setEquals({});
    setPage(1);
  };
  const addLink = may("create", entity) && (
    <Link to={`${entity.path}/new`} className={buttonVariants()}>
      <PlusIcon className="size-4" />
      {text.action.add(entity.label)}
    </Link>
  );

  return (
    <>
      <PageHeader title={entity.plural} actions={addLink} />
      <Card className="overflow-hidden">
        {(entity.searchFields.length > 0 || filters.length > 0) && (
          <div role="search" className="flex flex-col gap-3 border-b border-border p-4 sm:flex-row sm:items-end">
            {entity.searchFields.length > 0 && (
              <div className="relative min-w-0 flex-1">
                <SearchIcon className="pointer-events-none absolute top-3 left-3 size-4 text-muted-foreground" />
                <Input
                  type="search"
                  aria-label={text.list.search(entity.plural)}
                  placeholder={text.list.search(entity.plural)}
                  className="pl-9"
                  value={typed}
                  onChange={(event) => setTyped(event.target.value)}
                />
              </div>
            )}
            {filters.map((filter) => (
              <FilterSelect
                key={filter.field}
                filter={filter}
                value={Object.hasOwn(equals, filter.field) ? (equals[filter.field] ?? "") : ""}
                onChange={choose}
              />
            ))}
          </div>
        )}
        {result.status === "loading" && <RowsSkeleton />}
        {result.status === "failed" && <ErrorState message={result.message} onRetry={result.reload} />}
        {result.status === "ready" &&
          (result.value.total > 0 ? (
            <>
              <WideRows entity={entity} columns={columns} rows={result.value.rows} />
              <NarrowRows entity={entity} columns={columns} rows={result.value.rows} />
              <Paging result={result.value} page={page} onPage={setPage} />
            </>
          ) : filtered ? (
            <EmptyState
              title={text.list.noMatch}
              description={text.list.noMatchHint}
              action={
                <Button variant="outline" onClick={clear}>
                  {text.action.clear}
                </Button>
              }
            />
          ) : (
            <EmptyState title={text.list.empty(entity.plural)} description={text.list.emptyHint} action={addLink} />
          ))}
      </Card>
    </>
  );
}

type FilterSelectProps = { filter: Filter; value: string; onChange: (field: string, value: string) => void };

function FilterSelect({ filter, value, onChange }: FilterSelectProps) {
  const id = `filter-${filter.field}`;
  return (
    <div className="flex flex-col gap-2 sm:flex-row sm:items-center">
      <Label htmlFor={id} className="text-muted-foreground sm:max-w-40 sm:truncate">
        {filter.label}
      </Label>
      <Select id={id} className="sm:w-44" value={value} onChange={(event) => onChange(filter.field, event.target.value)}>
        <option value="">{text.list.all}</option>
        {filter.values.map((option) => (
          <option key={option} value={option}>
            {humanise(option)}
          </option>
        ))}
      </Select>
    </div>
  );
}

type RowsProps<T extends Stored> = { entity: EntityInfo; columns: readonly Column<T>[]; rows: readonly T[] };

const titleLinkClasses =
  "rounded-sm font-medium text-foreground underline-offset-4 hover:underline focus-visible:outline-2 focus-visible:outline-ring";

/** From tablet width on: a table. The first column is always the title, which leads to the record. */
function WideRows<T extends Stored>({ entity, columns, rows }: RowsProps<T>) {
  return (
    <div className="hidden md:block">
      <Table>
        <caption className="sr-only">{entity.plural}</caption>
        <TableHeader>
          <tr>
            <TableHead>{entity.label}</TableHead>
            {columns.map((column) => (
              <TableHead key={column.field} className={column.numeric ? "text-right" : undefined}>
                {column.header}
              </TableHead>
            ))}
          </tr>
        </TableHeader>
        <TableBody>
          {rows.map((row) => (
            <TableRow key={row.id}>
              <TableCell>
                <Link to={`${entity.path}/${row.id}`} className={titleLinkClasses}>
                  {titleOf(entity, row)}
                </Link>
              </TableCell>
              {columns.map((column) => (
                <TableCell
                  key={column.field}
                  className={column.numeric ? "truncate text-right tabular-nums" : "truncate text-muted-foreground"}
                >
                  {column.cell(row)}
                </TableCell>
              ))}
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </div>
  );
}

/** On phones: one block per row. */
function NarrowRows<T extends Stored>({ entity, columns, rows }: RowsProps<T>) {
  return (
    <ul className="divide-y divide-border md:hidden">
      {rows.map((row) => (
        <li key={row.id} className="p-4">
          <Link to={`${entity.path}/${row.id}`} className={titleLinkClasses}>
            {titleOf(entity, row)}
          </Link>
          <dl className="mt-2 grid gap-1 text-sm">
            {columns.map((column) => (
              <div key={column.field} className="flex items-baseline justify-between gap-4">
                <dt className="shrink-0 text-muted-foreground">{column.header}</dt>
                <dd className="min-w-0 truncate text-right">{column.cell(row)}</dd>
              </div>
            ))}
          </dl>
        </li>
      ))}
    </ul>
  );
}

type PagingProps<T> = { result: Page<T>; page: number; onPage: (page: number) => void };

function Paging<T>({ result, page, onPage }: PagingProps<T>) {
  const pages = Math.max(1, Math.ceil(result.total / PAGE_SIZE));
  return (
    <div className="flex items-center justify-between gap-3 border-t border-border px-4 py-3 text-sm text-muted-foreground">
      <p role="status">{text.list.found(result.total)}</p>
      {pages > 1 && (
        <div className="flex items-center gap-2">
          <Button variant="outline" size="sm" disabled={page <= 1} onClick={() => onPage(page - 1)}>
            {text.list.previous}
          </Button>
          <span className="hidden whitespace-nowrap sm:inline">{text.list.page(page, pages)}</span>
          <Button variant="outline" size="sm" disabled={page >= pages} onClick={() => onPage(page + 1)}>
            {text.list.next}
          </Button>
        </div>
      )}
    </div>
  );
}

function RowsSkeleton() {
  return (
    <div role="status" className="flex flex-col gap-4 p-4">
      <span className="sr-only">{text.list.loading}</span>
      {[0, 1, 2, 3, 4].map((line) => (
        <Skeleton key={line} className="h-6 w-full" />
      ))}
    </div>
  );
}

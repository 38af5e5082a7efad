import { useState, type ReactNode } from "react";
import { Link } from "react-router-dom";
import { useCan } from "@/auth/auth-context";
import { Badge } from "@/components/ui/badge";
import { useTitles } from "@/data/titles";
import { entityInfos } from "@/domain";
import { formatText, humanise, safeHref } from "@/lib/format";
import type { EntityName } from "@/lib/names";
import { text } from "@/lib/text";
import { cn } from "@/lib/utils";

const linkClasses =
  "rounded-sm text-primary underline-offset-4 hover:underline focus-visible:outline-2 focus-visible:outline-ring";

/** Words that say by themselves how things stand; every other state gets a neutral dot. */
const moods: readonly [string, RegExp][] = [
  ["bg-destructive", /^(?:rejected|failed|cancelled|canceled|overdue|blocked|lost|declined|expired|suspended|cancelad[oa]|rejeitad[oa]|atrasad[oa])$/],
  ["bg-success", /^(?:done|completed?|approved|active|paid|delivered|published|confirmed|resolved|won|accepted|conclu[ií]d[oa]|aprovad[oa]|ativ[oa]|pag[oa]|entregue|confirmad[oa])$/],
  ["bg-warning", /^(?:pending|waiting|in_review|on_hold|requested|processing|pendente|em_an[aá]lise|solicitad[oa])$/],
];

export function StateBadge({ value }: { value: string | null }) {
  if (value === null) return "—";
  const mood = moods.find(([, words]) => words.test(value));
  return (
    <Badge variant="outline" className="gap-1.5">
      <span aria-hidden="true" className={cn("size-2 shrink-0 rounded-full", mood ? mood[0] : "bg-muted-foreground")} />
      <span className="truncate">{humanise(value)}</span>
    </Badge>
  );
}

type ReferenceProps = { entity: EntityName; id: string | null };

/** The title of another row. */
export function ReferenceText({ entity, id }: ReferenceProps) {
  const titles = useTitles(entity);
  if (id === null) return "—";
  if (titles.status === "loading") return <span className="text-muted-foreground">…</span>;
  const title = titles.status === "ready" ? titles.value.get(id) : undefined;
  return title ?? <span className="text-muted-foreground">{text.record.unknown}</span>;
}

/** The title of another row, as a link for those who may open it. */
export function ReferenceLink({ entity, id }: ReferenceProps) {
  const { may } = useCan();
  const info = entityInfos[entity];
  const shown = <ReferenceText entity={entity} id={id} />;
  if (id === null || !may("read", info)) return shown;
  return (
    <Link to={`${info.path}/${id}`} className={linkClasses}>
      {shown}
    </Link>
  );
}

export function WebLink({ value }: { value: string | null }) {
  const href = safeHref(value);
  if (!href) return formatText(value);
  return (
    <a href={href} target="_blank" rel="noreferrer" className={`${linkClasses} break-all`}>
      {href}
    </a>
  );
}

export function MailLink({ value }: { value: string | null }) {
  if (!value) return "—";
  return (
    <a href={`mailto:${encodeURIComponent(value)}`} className={`${linkClasses} break-all`}>
      {value}
    </a>
  );
}

export function PhoneLink({ value }: { value: string | null }) {
  if (!value) return "—";
  return (
    <a href={`tel:${value.replace(/[^0-9+]/g, "")}`} className={linkClasses}>
      {value}
    </a>
  );
}

export function Picture({ value, alt }: { value: string | null; alt: string }) {
  const [broken, setBroken] = useState(false);
  const src = safeHref(value);
  if (!src) return "—";
  if (broken) return <WebLink value={src} />;
  return (
    <img src={src} alt={alt} loading="lazy" onError={() => setBroken(true)} referrerPolicy="no-referrer" className="max-h-56 rounded-md border border-border object-contain" />
  );
}

export function Preformatted({ children }: { children: string }) {
  return (
    <pre className="max-h-80 overflow-auto rounded-md bg-muted p-3 font-mono text-xs whitespace-pre-wrap">{children}</pre>
  );
}

type FactProps = { label: string; wide?: boolean; children: ReactNode };

/** One labelled value of a record. */
export function Fact({ label, wide = false, children }: FactProps) {
  return (
    <div className={wide ? "sm:col-span-2" : undefined}>
      <dt className="text-xs font-medium text-muted-foreground">{label}</dt>
      <dd className="mt-1 text-sm break-words whitespace-pre-line">{children}</dd>
    </div>
  );
}

export function Facts({ children }: { children: ReactNode }) {
  return <dl className="grid gap-x-8 gap-y-5 sm:grid-cols-2">{children}</dl>;
}

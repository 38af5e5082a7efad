import { useEffect, type ReactNode } from "react";
import { Link } from "react-router-dom";
import { ArrowLeftIcon } from "@/components/icons";
import { buttonVariants } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { EmptyState } from "@/components/ui/empty-state";
import { Skeleton } from "@/components/ui/skeleton";
import { text } from "@/lib/text";

/** Sets the title of the browser tab. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === text.app.name ? title : `${title} · ${text.app.name}`;
  }, [title]);
}

type PageHeaderProps = {
  title: string;
  description?: ReactNode;
  back?: { to: string; label: string };
  actions?: ReactNode;
};

export function PageHeader({ title, description, back, actions }: PageHeaderProps) {
  useTitle(title);
  return (
    <div className="mb-6">
      {back && (
        <Link
          to={back.to}
          className="mb-3 inline-flex items-center gap-1.5 rounded-sm text-sm text-muted-foreground hover:text-foreground focus-visible:outline-2 focus-visible:outline-ring"
        >
          <ArrowLeftIcon className="size-4" />
          {text.nav.back(back.label)}
        </Link>
      )}
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 className="text-2xl font-semibold tracking-tight break-words">{title}</h1>
          {description && <div className="mt-1.5 text-sm text-muted-foreground">{description}</div>}
        </div>
        {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      </div>
    </div>
  );
}

export function PageSkeleton() {
  return (
    <div role="status" className="mx-auto w-full max-w-5xl">
      <span className="sr-only">{text.list.loading}</span>
      <Skeleton className="mb-6 h-8 w-56" />
      <Skeleton className="h-64 w-full" />
    </div>
  );
}

/** Instead of a record that is gone, or that this person may not see. */
export function RecordNotFound({ back }: { back: { to: string; label: string } }) {
  return (
    <>
      <PageHeader title={text.record.notFound} back={back} />
      <Card>
        <EmptyState title={text.record.notFound} description={text.record.notFoundHint} />
      </Card>
    </>
  );
}

export function NotFound() {
  useTitle(text.missing.title);
  return (
    <main className="grid min-h-dvh place-items-center bg-background p-6 text-center text-foreground">
      <div>
        <p className="text-5xl font-bold text-primary">404</p>
        <h1 className="mt-4 text-xl font-semibold">{text.missing.title}</h1>
        <p className="mt-1 mb-6 text-sm text-muted-foreground">{text.missing.hint}</p>
        <Link to="/" className={buttonVariants()}>
          {text.nav.home}
        </Link>
      </div>
    </main>
  );
}

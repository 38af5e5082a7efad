import { Fragment, type ReactNode } from "react";
import { Navigate, useLocation } from "react-router-dom";
import { useAuth } from "@/auth/auth-context";
import { LockIcon } from "@/components/icons";
import { PageSkeleton, useTitle } from "@/components/page";
import type { Role } from "@/lib/names";
import { text } from "@/lib/text";

/** Shows the page to people with one of `roles`. A convenience: the data itself is guarded behind the repositories. */
export function RequireRole({ roles, children }: { roles: readonly Role[]; children: ReactNode }) {
  const { person } = useAuth();
  const { pathname } = useLocation();
  if (person === undefined) return <PageSkeleton />;
  if (person === null) return <Navigate to="/sign-in" replace state={{ from: pathname }} />;
  if (!person.roles.some((role) => roles.includes(role))) return <Forbidden hasRole={person.roles.length > 0} />;
  // Another address is another page, even when the same component shows it: nothing of the last record may linger.
  return <Fragment key={pathname}>{children}</Fragment>;
}

function Forbidden({ hasRole }: { hasRole: boolean }) {
  useTitle(text.forbidden.title);
  return (
    <div role="alert" className="flex flex-col items-center gap-2 py-20 text-center">
      <span className="mb-3 grid size-14 place-items-center rounded-full bg-muted text-muted-foreground">
        <LockIcon className="size-7" />
      </span>
      <h1 className="text-xl font-semibold tracking-tight">{text.forbidden.title}</h1>
      <p className="max-w-sm text-sm text-muted-foreground">{hasRole ? text.forbidden.hint : text.forbidden.noRole}</p>
    </div>
  );
}

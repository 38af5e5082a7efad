import { useCallback, useState } from "react";
import { useAuth } from "@/auth/auth-context";
import type { Person } from "@/auth/backend";
import { isAdmin } from "@/auth/permissions";
import { PageHeader, PageSkeleton } from "@/components/page";
import { Card } from "@/components/ui/card";
import { ErrorState } from "@/components/ui/error-state";
import { useToast } from "@/components/ui/toast";
import { messageOf } from "@/data/repo";
import { useServices } from "@/data/services";
import { useLoad } from "@/data/use-load";
import { roleLabels, roles, type Role } from "@/lib/names";
import { text } from "@/lib/text";

/** Who has which role; for administrators. */
export default function {{component}}() {
  const { auth } = useServices();
  const result = useLoad(useCallback(() => auth.people(), [auth]));
  if (result.status === "loading") return <PageSkeleton />;
  if (result.status === "failed") return <ErrorState message={result.message} onRetry={result.reload} />;
  return (
    <>
      <PageHeader title={text.roles.title} description={text.roles.hint} />
      <Card>
        <ul className="divide-y divide-border">
          {result.value.map((person) => (
            <li key={person.id}>
              <PersonRoles person={person} onChanged={result.reload} />
            </li>
          ))}
        </ul>
      </Card>
    </>
  );
}

function PersonRoles({ person, onChanged }: { person: Person; onChanged: () => void }) {
  const { auth } = useServices();
  const { person: self, refresh } = useAuth();
  const toast = useToast();
  const [busy, setBusy] = useState(false);

  const toggle = async (role: Role) => {
    const next = person.roles.includes(role) ? person.roles.filter((held) => held !== role) : [...person.roles, role];
    if (person.id === self?.id && !isAdmin(next)) {
      toast(text.roles.self, "destructive");
      return;
    }
    setBusy(true);
    try {
      await auth.setRoles(person.id, next);
      toast(text.roles.changed(person.name));
      onChanged();
      if (person.id === self?.id) await refresh();
    } catch (error) {
      toast(messageOf(error), "destructive");
    } finally {
      setBusy(false);
    }
  };

  return (
    <fieldset disabled={busy} className="flex flex-col gap-3 p-4 sm:flex-row sm:items-center sm:justify-between">
      <legend className="sr-only">{text.roles.of(person.name)}</legend>
      <div className="min-w-0">
        <p className="truncate text-sm font-medium">{person.name}</p>
        <p className="truncate text-xs text-muted-foreground">{person.email}</p>
      </div>
      <div className="flex flex-wrap gap-x-5 gap-y-2">
        {roles.map((role) => (
          <label key={role} className="flex cursor-pointer items-center gap-2 text-sm">
            <input
              type="checkbox"
              className="size-4.5 cursor-pointer accent-primary focus-visible:outline-2 focus-visible:outline-offset-2 focus-visible:outline-ring"
              checked={person.roles.includes(role)}
              onChange={() => void toggle(role)}
            />
            {roleLabels[role]}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

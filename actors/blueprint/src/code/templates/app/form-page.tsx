import { useCallback, useRef, useState, type FormEvent, type ReactNode } from "react";
import { Link, useNavigate, useParams } from "react-router-dom";
import { useCan } from "@/auth/auth-context";
import { PageHeader, PageSkeleton, RecordNotFound } from "@/components/page";
import { useForm, type Form, type FormValues } from "@/components/use-form";
import { Button, buttonVariants } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { ErrorState } from "@/components/ui/error-state";
import { useToast } from "@/components/ui/toast";
import { messageOf, type Repo } from "@/data/repo";
import { useForgetTitles } from "@/data/titles";
import { useLoad } from "@/data/use-load";
import { titleOf, type EntityDef, type Stored } from "@/lib/entity";
import { text } from "@/lib/text";

type CreatePageProps<T extends Stored, I> = {
  entity: EntityDef<T, I>;
  repo: Repo<T, I>;
  title: string;
  empty: FormValues;
  fields: (form: Form) => ReactNode;
};

/** The page that makes a new record. */
export function CreatePage<T extends Stored, I>({ entity, repo, title, empty, fields }: CreatePageProps<T, I>) {
  const { may } = useCan();
  const navigate = useNavigate();
  // Some people may add records without seeing any.
  const readable = may("read", entity);
  const back = readable ? { to: entity.path, label: entity.plural } : { to: "/dashboard", label: text.dashboard.title };
  const save = async (input: I) => {
    const row = await repo.create(input);
    await navigate(may("read", entity, row) ? `${entity.path}/${row.id}` : back.to);
  };
  return (
    <>
      <PageHeader title={title} back={back} />
      <RecordForm entity={entity} initial={empty} fields={fields} onSave={save} cancelTo={back.to} />
    </>
  );
}

type EditPageProps<T extends Stored, I> = {
  entity: EntityDef<T, I>;
  repo: Repo<T, I>;
  toValues: (row: T) => FormValues;
  fields: (form: Form) => ReactNode;
};

/** The page that changes an existing record. */
export function EditPage<T extends Stored, I>({ entity, repo, toValues, fields }: EditPageProps<T, I>) {
  const { id = "" } = useParams();
  const navigate = useNavigate();
  const result = useLoad(useCallback(() => repo.get(id), [repo, id]));
  if (result.status === "loading") return <PageSkeleton />;
  if (result.status === "failed") return <ErrorState message={result.message} onRetry={result.reload} />;
  const row = result.value;
  if (row === null) return <RecordNotFound back={{ to: entity.path, label: entity.plural }} />;
  const path = `${entity.path}/${row.id}`;
  const title = titleOf(entity, row);
  const save = async (input: I) => {
    await repo.update(row.id, input);
    await navigate(path);
  };
  return (
    <>
      <PageHeader title={`${text.action.edit}: ${title}`} back={{ to: path, label: title }} />
      <RecordForm entity={entity} initial={toValues(row)} fields={fields} onSave={save} cancelTo={path} />
    </>
  );
}

type RecordFormProps<T extends Stored, I> = {
  entity: EntityDef<T, I>;
  initial: FormValues;
  fields: (form: Form) => ReactNode;
  onSave: (input: I) => Promise<void>;
  cancelTo: string;
};

function RecordForm<T extends Stored, I>({ entity, initial, fields, onSave, cancelTo }: RecordFormProps<T, I>) {
  const form = useForm(entity.input, initial);
  const toast = useToast();
  const forgetTitles = useForgetTitles();
  const element = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const input = form.submit();
    if (input === null) {
      setRefused(text.form.fix);
      // The marks are drawn in the next frame; only then is there something to go to.
      window.requestAnimationFrame(() => element.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
      return;
    }
    setBusy(true);
    setRefused(null);
    try {
      await onSave(input);
      forgetTitles();
      toast(text.record.saved(entity.label));
    } catch (error) {
      setRefused(messageOf(error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Card className="p-5 sm:p-6">
      <form ref={element} noValidate onSubmit={(event) => void submit(event)}>
        <div className="grid gap-x-6 gap-y-5 sm:grid-cols-2">{fields(form)}</div>
        {refused !== null && (
          <p role="alert" className="mt-5 text-sm text-destructive">
            {refused}
          </p>
        )}
        <div className="mt-6 flex flex-col-reverse gap-2 border-t border-border pt-5 sm:flex-row sm:justify-end">
          <Link to={cancelTo} className={buttonVariants({ variant: "outline" })}>
            {text.action.cancel}
          </Link>
          <Button type="submit" disabled={busy}>
            {busy ? text.action.saving : text.action.save}
          </Button>
        </div>
      </form>
    </Card>
  );
}

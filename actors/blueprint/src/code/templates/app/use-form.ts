import { useCallback, useState } from "react";
import type { z } from "zod";

/** What the controls of a form hold. */
export type FormValues = Readonly<Record<string, string | boolean>>;

export type Form = {
  textOf: (name: string) => string;
  flagOf: (name: string) => boolean;
  errorOf: (name: string) => string | undefined;
  set: (name: string, value: string | boolean) => void;
  /** Checks one field, when people leave it. */
  touch: (name: string) => void;
};

type FormState<I> = Form & { submit: () => I | null };

/** Values and messages of one form; `schema` is the judge. */
export function useForm<I>(schema: z.ZodType<I>, initial: FormValues): FormState<I> {
  const [values, setValues] = useState(initial);
  const [errors, setErrors] = useState<ReadonlyMap<string, string>>(new Map());

  const check = useCallback(
    (checked: FormValues) => {
      const parsed = schema.safeParse(checked);
      const found = new Map<string, string>();
      for (const issue of parsed.error?.issues ?? []) {
        const name = String(issue.path[0] ?? "");
        if (!found.has(name)) found.set(name, issue.message);
      }
      return { parsed, found };
    },
    [schema],
  );
  const own = (name: string) => (Object.hasOwn(values, name) ? values[name] : undefined);

  return {
    textOf: (name) => String(own(name) ?? ""),
    flagOf: (name) => own(name) === true,
    errorOf: (name) => errors.get(name),
    set: (name, value) => {
      setValues((before) => ({ ...before, [name]: value }));
      setErrors((before) => new Map([...before].filter(([field]) => field !== name)));
    },
    touch: (name) => {
      const message = check(values).found.get(name);
      setErrors((before) => {
        const others = [...before].filter(([field]) => field !== name);
        return new Map(message === undefined ? others : [...others, [name, message]]);
      });
    },
    submit: () => {
      const { parsed, found } = check(values);
      setErrors(found);
      return parsed.success ? parsed.data : null;
    },
  };
}

import { useId, type InputHTMLAttributes, type ReactNode } from "react";
import type { Form } from "@/components/use-form";
import { Input } from "@/components/ui/input";
import { Label } from "@/components/ui/label";
import { Select } from "@/components/ui/select";
import { Textarea } from "@/components/ui/textarea";
import { useTitles } from "@/data/titles";
import { entityInfos } from "@/domain";
import { humanise } from "@/lib/format";
import type { EntityName } from "@/lib/names";
import { text } from "@/lib/text";

type FieldProps = { form: Form; name: string; label: string; required?: boolean; hint?: string };

type Wiring = {
  id: string;
  name: string;
  "aria-invalid": boolean;
  "aria-describedby": string | undefined;
  "aria-required": boolean | undefined;
  onBlur: () => void;
};

type FrameProps = FieldProps & { wide?: boolean; children: (wiring: Wiring) => ReactNode };

/** Label, hint and message around one control, tied together for screen readers. */
function FieldFrame({ form, name, label, required = false, hint, wide = false, children }: FrameProps) {
  const id = useId();
  const error = form.errorOf(name);
  const note = error ?? hint;
  return (
    <div className={wide ? "flex flex-col gap-2 sm:col-span-2" : "flex flex-col gap-2"}>
      <Label htmlFor={id} className="leading-snug">
        {label}
        {required && (
          <span className="ml-1 font-normal text-muted-foreground" aria-hidden="true">
            *
          </span>
        )}
      </Label>
      {children({
        id,
        name,
        "aria-invalid": error !== undefined,
        "aria-describedby": note === undefined ? undefined : `${id}-note`,
        "aria-required": required || undefined,
        onBlur: () => form.touch(name),
      })}
      {note !== undefined && (
        <p id={`${id}-note`} className={error === undefined ? "text-xs text-muted-foreground" : "text-sm text-destructive"}>
          {note}
        </p>
      )}
    </div>
  );
}

type InputType = "text" | "email" | "url" | "tel" | "number" | "date" | "datetime-local";
type InputFieldProps = FieldProps & {
  type?: InputType;
} & Pick<InputHTMLAttributes<HTMLInputElement>, "min" | "max" | "step" | "maxLength" | "autoComplete" | "placeholder">;

export function InputField({ form, name, label, required, hint, type = "text", ...limits }: InputFieldProps) {
  return (
    <FieldFrame form={form} name={name} label={label} required={required} hint={hint}>
      {(wiring) => (
        <Input
          {...wiring}
          {...limits}
          type={type}
          value={form.textOf(name)}
          onChange={(event) => form.set(name, event.target.value)}
        />
      )}
    </FieldFrame>
  );
}

type TextareaFieldProps = FieldProps & { maxLength?: number; mono?: boolean };

export function TextareaField({ form, name, label, required, hint, maxLength, mono = false }: TextareaFieldProps) {
  return (
    <FieldFrame form={form} name={name} label={label} required={required} hint={hint} wide>
      {(wiring) => (
        <Textarea
          {...wiring}
          maxLength={maxLength}
          className={mono ? "font-mono text-xs" : undefined}
          value={form.textOf(name)}
          onChange={(event) => form.set(name, event.target.value)}
        />
      )}
    </FieldFrame>
  );
}

export function CheckboxField({ form, name, label, hint }: Omit<FieldProps, "required">) {
  const id = useId();
  return (
    <div className="flex items-start gap-3 self-center py-2">
      <input
        id={id}
        name={name}
        type="checkbox"
        aria-describedby={hint === undefined ? undefined : `${id}-note`}
        className="mt-0.5 size-4.5 shrink-0 cursor-pointer accent-primary focus-visible:outline-2 focus-visible:outline-offset-2 focus-visible:outline-ring"
        checked={form.flagOf(name)}
        onChange={(event) => form.set(name, event.target.checked)}
      />
      <div>
        <Label htmlFor={id} className="cursor-pointer leading-snug">
          {label}
        </Label>
        {hint !== undefined && (
          <p id={`${id}-note`} className="mt-1 text-xs text-muted-foreground">
            {hint}
          </p>
        )}
      </div>
    </div>
  );
}

type SelectFieldProps = FieldProps & { values: readonly string[] };

export function SelectField({ form, name, label, required = false, hint, values }: SelectFieldProps) {
  return (
    <FieldFrame form={form} name={name} label={label} required={required} hint={hint}>
      {(wiring) => (
        <Select {...wiring} value={form.textOf(name)} onChange={(event) => form.set(name, event.target.value)}>
          <option value="">{required ? text.form.choose : text.form.none}</option>
          {values.map((value) => (
            <option key={value} value={value}>
              {humanise(value)}
            </option>
          ))}
        </Select>
      )}
    </FieldFrame>
  );
}

type ReferenceFieldProps = FieldProps & { entity: EntityName };

/** A choice among the rows of another entity. */
export function ReferenceField({ form, name, label, required = false, entity }: ReferenceFieldProps) {
  const titles = useTitles(entity);
  const options = titles.status === "ready" ? [...titles.value] : [];
  const none = titles.status === "ready" && options.length === 0;
  const value = form.textOf(name);
  // A row that this person may not see keeps its place, so that saving does not lose it.
  const hidden = value !== "" && titles.status === "ready" && !titles.value.has(value);
  return (
    <FieldFrame
      form={form}
      name={name}
      label={label}
      required={required}
      hint={none ? text.form.noChoices(entityInfos[entity].plural) : undefined}
    >
      {(wiring) => (
        <Select
          {...wiring}
          disabled={titles.status === "loading"}
          value={value}
          onChange={(event) => form.set(name, event.target.value)}
        >
          <option value="">{required ? text.form.choose : text.form.none}</option>
          {hidden && <option value={value}>{text.record.unknown}</option>}
          {options.map(([id, title]) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </Select>
      )}
    </FieldFrame>
  );
}

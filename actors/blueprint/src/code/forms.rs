//! `src/components/forms/`: the controls of one entity, used by its create and its edit page.
//!
//! Invariant: every input field has exactly one control, of the type that suits its values.

use super::domain::{choice_name, property};
use super::escape::{attribute, ts};
use super::names::Names;
use super::shape::{Shape, inputs};
use super::source::{Imports, Source};
use crate::model::{AppModel, Field};

/// `src/components/forms/order-fields.tsx`.
pub(super) fn fields_file(model: &AppModel, names: &Names<'_>) -> String {
    let fields = inputs(model, names.entity);
    let mut imports = Imports::default();
    imports.add("@/components/use-form", "type FormValues");
    let mut body = Source::default();
    values(names, &fields, &mut imports, &mut body);
    let name = &names.entity.name;
    if fields.is_empty() {
        imports.add("@/lib/text", "text");
        body.line("/** There is nothing to fill in. */");
        body.open(format!(
            "export function {name}Fields(_props: {{ form: unknown }}) {{"
        ));
        body.line("return <p className=\"text-sm text-muted-foreground sm:col-span-2\">{text.form.fixed}</p>;");
        body.close("}");
        return format!("{}{}", imports.print(), body.finish());
    }
    imports.add("@/components/use-form", "type Form");
    body.line("/** The controls. */");
    body.open(format!(
        "export function {name}Fields({{ form }}: {{ form: Form }}) {{"
    ));
    body.open("return (").open("<>");
    for (field, shape) in &fields {
        let control = control(names, field, shape, &mut imports);
        body.line(format!("<{control} />"));
    }
    body.close("</>").close(");").close("}");
    format!("{}{}", imports.print(), body.finish())
}

/// What the controls hold: in a new record, and of an existing one.
fn values(
    names: &Names<'_>,
    fields: &[(&Field, Shape<'_>)],
    imports: &mut Imports,
    body: &mut Source,
) {
    body.line("/** A form before anything was filled in. */");
    body.open("export const emptyValues: FormValues = {");
    for (field, shape) in fields {
        let empty = if *shape == Shape::Flag {
            "false"
        } else {
            "\"\""
        };
        body.line(format!("{}: {empty},", property(&field.name)));
    }
    body.close("};").line("");
    imports.add(&names.module(), &format!("type {}", names.row()));
    body.line("/** A record as the controls show it. */");
    let row = if fields.is_empty() { "_row" } else { "row" };
    body.open(format!(
        "export function toValues({row}: {}): FormValues {{",
        names.row()
    ));
    body.open("return {");
    for (field, shape) in fields {
        let key = property(&field.name);
        let access = if key == field.name {
            format!("row.{key}")
        } else {
            format!("row[{}]", ts(&field.name))
        };
        let value = match shape {
            Shape::Flag => access,
            Shape::Moment => {
                imports.add("@/lib/format", "toLocalMinute");
                format!("toLocalMinute({access})")
            }
            Shape::Json if field.required => format!("JSON.stringify({access}, null, 2)"),
            Shape::Json => format!("{access} === null ? \"\" : JSON.stringify({access}, null, 2)"),
            Shape::Integer { .. }
            | Shape::Duration { .. }
            | Shape::Decimal { .. }
            | Shape::Money { .. } => {
                if field.required {
                    format!("String({access})")
                } else {
                    format!("String({access} ?? \"\")")
                }
            }
            _ if field.required => access,
            _ => format!("{access} ?? \"\""),
        };
        body.line(format!("{key}: {value},"));
    }
    body.close("};").close("}").line("");
}

/// Name and attributes of the control.
fn control(names: &Names<'_>, field: &Field, shape: &Shape<'_>, imports: &mut Imports) -> String {
    let (component, extra) = match shape {
        Shape::Text { max, long: true } => ("TextareaField", format!("maxLength={{{max}}}")),
        Shape::Json => {
            imports.add("@/lib/text", "text");
            ("TextareaField", "mono hint={text.form.jsonHint}".to_owned())
        }
        Shape::Flag => ("CheckboxField", String::new()),
        Shape::Choice(_) => {
            let values = choice_name(names, field);
            imports.add(&names.module(), &values);
            ("SelectField", format!("values={{{values}}}"))
        }
        Shape::Reference(target) => ("ReferenceField", attribute("entity", &target.name)),
        other => ("InputField", input(other, imports)),
    };
    imports.add("@/components/form-fields", component);
    let mut text = format!(
        "{component} form={{form}} {} {}",
        attribute("name", &field.name),
        attribute("label", &field.label)
    );
    if field.required && *shape != Shape::Flag {
        text.push_str(" required");
    }
    if !extra.is_empty() {
        text.push(' ');
        text.push_str(&extra);
    }
    text
}

/// Type and limits of a one-line control.
fn input(shape: &Shape<'_>, imports: &mut Imports) -> String {
    let mut hint = |name: &str| {
        imports.add("@/lib/text", "text");
        format!("hint={{text.form.{name}}}")
    };
    let bound =
        |name: &str, n: Option<f64>| n.map_or_else(String::new, |n| format!(" {name}={{{n}}}"));
    match shape {
        Shape::Text { max, .. } | Shape::Slug { max } => format!("maxLength={{{max}}}"),
        Shape::Email => "type=\"email\" maxLength={254}".to_owned(),
        Shape::Url(_) => "type=\"url\" maxLength={2000} placeholder=\"https://\"".to_owned(),
        Shape::Phone => "type=\"tel\" maxLength={30}".to_owned(),
        Shape::Geo => hint("geoHint"),
        Shape::Integer { min, max, .. } => {
            format!("type=\"number\" step={{1}} min={{{min}}} max={{{max}}}")
        }
        Shape::Duration { min, max } => {
            format!(
                "type=\"number\" step={{1}} min={{{min}}} max={{{max}}} {}",
                hint("minutesHint")
            )
        }
        Shape::Decimal { min, max } => format!(
            "type=\"number\" step=\"any\"{}{}",
            bound("min", *min),
            bound("max", *max)
        ),
        Shape::Money { min, max } => {
            format!(
                "type=\"number\" step={{0.01}}{}{}",
                bound("min", Some(*min)),
                bound("max", Some(*max))
            )
        }
        Shape::Date => "type=\"date\"".to_owned(),
        Shape::Moment => "type=\"datetime-local\"".to_owned(),
        _ => String::new(),
    }
}

//! Fenced code that describes data: SQL tables and Mermaid entity diagrams.
//!
//! Invariant: what does not parse is left out; a fence never stops the run.

use std::ops::Range;

use super::doc::{BlockKind, Doc};
use super::draft::{Draft, Evidence, Link};
use super::entities::listed_key;
use super::fields;
use super::lexicon;
use super::words::singular;
use crate::model::{Field, FieldType, Origin, RelationType};
use crate::{Meter, Stopped};

/// Reads every fence.
pub(super) fn read(doc: &Doc<'_>, draft: &mut Draft, meter: &Meter) -> Result<(), Stopped> {
    for block in &doc.blocks {
        let BlockKind::Fence(language) = &block.kind else {
            continue;
        };
        meter.spend(1 + block.plain.len() as u64 / 16)?;
        let upper = block.plain.to_uppercase();
        if language.contains("sql") || upper.contains("CREATE TABLE") {
            sql(doc, &block.plain, &block.span, draft);
        } else if block.plain.trim_start().starts_with("erDiagram") {
            er_diagram(doc, &block.plain, &block.span, draft);
        }
    }
    Ok(())
}

/// `CREATE TABLE` statements, column by column.
fn sql(doc: &Doc<'_>, text: &str, span: &Range<usize>, draft: &mut Draft) {
    let mut table: Option<usize> = None;
    for line in text.lines() {
        let line = line.split("--").next().unwrap_or_default().trim();
        let upper = line.to_uppercase();
        if upper.starts_with("CREATE TABLE") {
            let name = line[12..]
                .trim_start_matches(' ')
                .split('(')
                .next()
                .unwrap_or_default();
            let name = name
                .rsplit([' ', '.'])
                .find(|word| !word.is_empty())
                .unwrap_or_default()
                .trim_matches(['"', '`', '[', ']']);
            table = listed_key(name)
                .map(|key| draft.entity(&key, Evidence::Listed, Origin::Spec, span));
            if let (Some(at), Some((_, inner))) = (table, line.split_once('('))
                && line.ends_with(';')
            {
                for part in fields::split_list(inner.trim_end_matches([';', ')'])) {
                    column(doc, &part, span, at, draft);
                }
                table = None;
            }
        } else if line.starts_with(')') {
            table = None;
        } else if let Some(at) = table {
            column(doc, line, span, at, draft);
        }
    }
}

fn column(doc: &Doc<'_>, line: &str, span: &Range<usize>, at: usize, draft: &mut Draft) {
    let line = line.trim().trim_end_matches(',');
    let upper = line.to_uppercase();
    let Some((name, rest)) = line.split_once(char::is_whitespace) else {
        return;
    };
    if lexicon::marks("sql.not_columns")
        .iter()
        .any(|word| upper.starts_with(word))
    {
        return;
    }
    let Some(mut field) = fields::parse(name.trim_matches(['"', '`']), doc, span) else {
        return;
    };
    let rest_upper = rest.to_uppercase();
    sql_type(&mut field, rest, &rest_upper);
    field.required = rest_upper.contains("NOT NULL") && !rest_upper.contains("DEFAULT");
    field.unique = rest_upper.contains("UNIQUE");
    let size = rest
        .split_once('(')
        .and_then(|(_, rest)| rest.split(')').next());
    field.max_length = size.and_then(|size| size.parse().ok());
    if let Some((_, target)) = rest_upper.split_once("REFERENCES ") {
        let target = target.split(['(', ' ', ',']).next().unwrap_or_default();
        let target = target.trim_matches(['"', '`']).to_lowercase();
        let table = target.rsplit('.').next().unwrap_or_default();
        field.kind = FieldType::Uuid;
        field.references = Some(singular(&table.replace('_', " ")));
    }
    fields::fit(&mut field);
    draft.entities[at].add_field(field);
}

/// The type of a column: `CHECK (… IN (…))` makes an enum, and names know more than numbers do.
fn sql_type(field: &mut Field, rest: &str, rest_upper: &str) {
    let listed = rest_upper
        .find(" IN (")
        .and_then(|from| rest.get(from + 5..));
    let values = listed
        .and_then(|rest| rest.split(')').next())
        .map(super::values::value_list);
    if let Some(values) = values.filter(|values| values.len() > 1) {
        field.kind = FieldType::Enum;
        field.values = values;
        return;
    }
    let Some(kind) = rest
        .split(['(', ' ', ','])
        .next()
        .and_then(lexicon::field_type)
    else {
        return;
    };
    let text = matches!(kind, FieldType::String | FieldType::Text);
    let keeps = matches!(
        (field.kind, kind),
        (FieldType::Money, FieldType::Decimal | FieldType::Integer)
            | (FieldType::Duration, FieldType::Integer)
            | (FieldType::Timestamp, FieldType::Date)
    );
    if !keeps && (!text || field.kind == FieldType::String) {
        field.kind = kind;
    }
}

/// Mermaid's `erDiagram`: `A ||--o{ B : has`, and blocks of `type name`.
fn er_diagram(doc: &Doc<'_>, text: &str, span: &Range<usize>, draft: &mut Draft) {
    let mut open: Option<usize> = None;
    for line in text.lines().map(str::trim) {
        if let Some(name) = line
            .strip_suffix('{')
            .map(str::trim)
            .filter(|name| !name.contains("--"))
        {
            open = listed_key(name)
                .map(|key| draft.entity(&key, Evidence::Listed, Origin::Spec, span));
        } else if line.starts_with('}') {
            open = None;
        } else if let Some(at) = open {
            let mut words = line.split_whitespace();
            if let (Some(kind), Some(name)) = (words.next(), words.next())
                && let Some(field) = fields::parse(
                    &format!("{name}: {kind} {}", words.collect::<Vec<_>>().join(" ")),
                    doc,
                    span,
                )
            {
                draft.entities[at].add_field(field);
            }
        } else {
            er_line(line, span, draft);
        }
    }
}

fn er_line(line: &str, span: &Range<usize>, draft: &mut Draft) {
    let (relation, name) = line.split_once(':').unwrap_or((line, "has"));
    let words: Vec<&str> = relation.split_whitespace().collect();
    let [from, arrow, to] = words.as_slice() else {
        return;
    };
    if !arrow.contains("--") && !arrow.contains("..") {
        return;
    }
    let (Some(from), Some(to)) = (listed_key(from), listed_key(to)) else {
        return;
    };
    draft.entity(&from, Evidence::Listed, Origin::Spec, span);
    draft.entity(&to, Evidence::Listed, Origin::Spec, span);
    let kind = match (arrow.starts_with('}'), arrow.ends_with('{')) {
        (true, true) => RelationType::ManyToMany,
        (true, false) => RelationType::ManyToOne,
        (false, true) => RelationType::OneToMany,
        (false, false) => RelationType::OneToOne,
    };
    let name = name.trim().trim_matches('"').chars().take(40).collect();
    draft.links.push(Link {
        from,
        to,
        kind,
        name,
        span: span.clone(),
        origin: Origin::Spec,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(text: &str) -> Draft {
        let meter = Meter::default();
        let doc = super::super::markdown::parse(text, &meter).unwrap();
        let mut draft = Draft::default();
        read(&doc, &mut draft, &meter).unwrap();
        draft
    }

    #[test]
    fn reads_create_table() {
        let draft = draft(
            "```sql\nCREATE TABLE seats (\n  id UUID PRIMARY KEY,\n  screen_id UUID NOT NULL REFERENCES screens(id),\n  seat_type VARCHAR(20) NOT NULL CHECK (seat_type IN ('REGULAR', 'PREMIUM')),\n  UNIQUE (screen_id)\n);\n```\n",
        );
        let seat = &draft.entities[0];
        assert_eq!(seat.key, "seat");
        assert_eq!(seat.fields[0].references.as_deref(), Some("screen"));
        assert_eq!(seat.fields[1].values, ["regular", "premium"]);
    }

    #[test]
    fn reads_entity_diagrams() {
        let draft = draft(
            "```mermaid\nerDiagram\n  CUSTOMER ||--o{ ORDER : places\n  ORDER {\n    string number\n    date placed\n  }\n```\n",
        );
        assert_eq!(draft.entities.len(), 2);
        assert_eq!(draft.links[0].kind, RelationType::OneToMany);
        assert_eq!(draft.entities[1].fields.len(), 2);
    }
}

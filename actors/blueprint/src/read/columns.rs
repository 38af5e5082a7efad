//! Tables that describe data.
//!
//! Invariant: a table is read as columns only where its header says so.

use super::doc::{Doc, Table, TableRow};
use super::draft::{Draft, Evidence};
use super::entities::listed_key;
use super::fields;
use super::lexicon;
use super::sections::SectionKind;
use super::words::pieces;
use crate::model::Origin;

/// Tables that list entities, or the columns of one.
pub(super) fn column_table(doc: &Doc<'_>, table: &Table, draft: &mut Draft) {
    let header: Vec<String> = table
        .header
        .iter()
        .map(|cell| cell.to_lowercase())
        .collect();
    let column = |names: &[&str]| header.iter().position(|cell| names.contains(&cell.trim()));
    let columns = Columns {
        entity: column(lexicon::marks("column.entity")),
        one_field: column(lexicon::marks("column.field")),
        all_fields: column(lexicon::marks("column.fields")),
        about: column(lexicon::marks("column.about")),
    };
    let listed = columns.all_fields.or(columns.one_field).is_some();
    if columns.entity.is_some() && (listed || doc.kind(table.section) == SectionKind::Entities) {
        entity_rows(doc, table, &columns, draft);
        return;
    }
    let typed = || column(&["name"]).filter(|_| column(&["type"]).is_some());
    if let (Some(name), Some(owner)) = (columns.one_field.or_else(typed), table_owner(doc, table)) {
        let at = draft.entity(&owner, Evidence::Listed, Origin::Spec, &table.span);
        for row in &table.rows {
            field_row(doc, row, name, at, draft);
        }
    }
}

/// Where a table says what.
struct Columns {
    entity: Option<usize>,
    /// One field a row.
    one_field: Option<usize>,
    /// A list of fields in one cell.
    all_fields: Option<usize>,
    about: Option<usize>,
}

/// Rows that name an entity; an empty cell means the one above.
fn entity_rows(doc: &Doc<'_>, table: &Table, columns: &Columns, draft: &mut Draft) {
    let cell = |row: &TableRow, column: Option<usize>| {
        let text = column.and_then(|column| row.cells.get(column));
        text.filter(|text| !text.is_empty()).cloned()
    };
    let mut last = String::new();
    for row in &table.rows {
        let name = cell(row, columns.entity).unwrap_or_else(|| last.clone());
        let Some(key) = listed_key(&name) else {
            continue;
        };
        last = name;
        let at = draft.entity(&key, Evidence::Listed, Origin::Spec, &row.span);
        if draft.entities[at].description.is_none() {
            draft.entities[at].description = cell(row, columns.about);
        }
        let listed = cell(row, columns.all_fields.or(columns.one_field)).unwrap_or_default();
        for part in fields::split_list(&listed) {
            if let Some(field) = fields::parse(&part, doc, &row.span) {
                draft.entities[at].add_field(field);
            }
        }
    }
}

/// A row about one field: its name, and what the other cells say of it.
fn field_row(doc: &Doc<'_>, row: &TableRow, column: usize, at: usize, draft: &mut Draft) {
    let Some(name) = row.cells.get(column) else {
        return;
    };
    let others = row
        .cells
        .iter()
        .enumerate()
        .filter(|(place, _)| *place != column);
    let rest: Vec<&str> = others.map(|(_, cell)| cell.as_str()).collect();
    let text = format!("{name}: {}", rest.join(", "));
    if let Some(field) = fields::parse(&text, doc, &row.span) {
        draft.entities[at].add_field(field);
    }
}

/// The entity whose columns a table holds: the heading above it, or the line before it.
fn table_owner(doc: &Doc<'_>, table: &Table) -> Option<String> {
    let intro = table.intro.map(|intro| {
        doc.blocks[intro]
            .plain
            .trim()
            .trim_end_matches(':')
            .to_owned()
    });
    let heading = doc.sections[table.section].heading.clone();
    [intro, Some(heading)]
        .into_iter()
        .flatten()
        .find_map(|text| {
            let bare = text.split(['(', ':']).next().unwrap_or_default();
            let short = pieces(bare).len() <= 3;
            short
                .then(|| super::keys::key_of(bare).or_else(|| listed_key(bare)))
                .flatten()
        })
}

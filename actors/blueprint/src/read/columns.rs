//! Tables that describe data.
//!
//! Invariant: a table is read as columns only where its header says so.

use super::doc::{Doc, Table};
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
    let column = |names: &[&str]| {
        header
            .iter()
            .position(|cell| names.iter().any(|name| cell.trim() == *name))
    };
    let entity = column(lexicon::marks("column.entity"));
    let field = column(lexicon::marks("column.field"));
    let list = column(lexicon::marks("column.fields"));
    let about = column(lexicon::marks("column.about"));
    if let Some(entity) = entity.filter(|_| {
        list.is_some() || field.is_some() || doc.kind(table.section) == SectionKind::Entities
    }) {
        let mut last = String::new();
        for row in &table.rows {
            let name = row
                .cells
                .get(entity)
                .filter(|name| !name.is_empty())
                .cloned()
                .unwrap_or_else(|| last.clone());
            let Some(key) = listed_key(&name) else {
                continue;
            };
            last = name;
            let at = draft.entity(&key, Evidence::Listed, Origin::Spec, &row.span);
            if let Some(text) = about
                .and_then(|about| row.cells.get(about))
                .filter(|text| !text.is_empty() && draft.entities[at].description.is_none())
            {
                draft.entities[at].description = Some(text.clone());
            }
            let listed = list
                .or(field)
                .and_then(|list| row.cells.get(list))
                .map(String::as_str)
                .unwrap_or_default();
            for part in fields::split_list(listed) {
                if let Some(field) = fields::parse(&part, doc, &row.span) {
                    draft.entities[at].add_field(field);
                }
            }
        }
        return;
    }
    let owner = table_owner(doc, table);
    if let (Some(field), Some(owner)) = (
        field.or_else(|| column(&["name"]).filter(|_| column(&["type"]).is_some())),
        owner,
    ) {
        let at = draft.entity(&owner, Evidence::Listed, Origin::Spec, &table.span);
        for row in &table.rows {
            let Some(name) = row.cells.get(field) else {
                continue;
            };
            let rest: Vec<&str> = row
                .cells
                .iter()
                .enumerate()
                .filter(|(at, _)| *at != field)
                .map(|(_, cell)| cell.as_str())
                .collect();
            if let Some(field) =
                fields::parse(&format!("{name}: {}", rest.join(", ")), doc, &row.span)
            {
                draft.entities[at].add_field(field);
            }
        }
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

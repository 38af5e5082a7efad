//! Requirements in tables.
//!
//! Invariant: a row is a requirement only where it has an id or its table says so.

use super::doc::{Doc, Unit};
use super::draft::Draft;
use super::ids;
use super::lexicon;
use super::requirements::Raw;
use super::sections::SectionKind;
use super::stories::{self};
use super::wording::{lower_first, mentioned};

/// Rows of requirement tables.
pub(super) fn from_row(
    doc: &Doc<'_>,
    unit: &Unit,
    table: usize,
    row: usize,
    draft: &Draft,
) -> Option<Raw> {
    let table = &doc.tables[table];
    let kind = doc.kind(table.section);
    if !kind.is_product() || kind == SectionKind::Entities {
        return None;
    }
    let cells = &table.rows[row].cells;
    let header: Vec<String> = table
        .header
        .iter()
        .map(|cell| cell.trim().to_lowercase())
        .collect();
    let column = |names: &[&str]| {
        header
            .iter()
            .position(|cell| names.contains(&cell.as_str()))
            .and_then(|at| cells.get(at))
            .filter(|cell| !cell.is_empty())
    };
    let id = cells
        .iter()
        .take(2)
        .find_map(|cell| ids::source_id(cell))
        .map(|(id, _)| id.to_owned());
    if id.as_deref().is_some_and(ids::is_quality) {
        return None;
    }
    let role = column(lexicon::marks("column.role"));
    let rights = column(lexicon::marks("column.rights"));
    if let (Some(role), Some(rights)) = (role, rights) {
        let text = format!("{} can {}", role.trim_matches('*'), lower_first(rights));
        return Some(Raw {
            text,
            span: unit.span.clone(),
            ..Raw::default()
        });
    }
    let body = column(lexicon::marks("column.requirement"));
    let name = column(lexicon::marks("column.feature"));
    let announces = header
        .iter()
        .any(|cell| lexicon::has_mark("requirement.announces", cell));
    let listed = id.is_some() || (kind.lists_requirements() && announces);
    let text = body.or(name)?.clone();
    let useful = text.split_whitespace().count() >= 3
        || mentioned(&text, draft).len() + usize::from(id.is_some()) > 0;
    let title = name
        .filter(|name| Some(*name) != body && ids::source_id(name).is_none())
        .cloned();
    let story = stories::story(&text);
    (listed && useful).then_some(Raw {
        text,
        title,
        id,
        story,
        span: unit.span.clone(),
    })
}

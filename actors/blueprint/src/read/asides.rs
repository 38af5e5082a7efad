//! Fields that the text lists outside of a data model.
//!
//! Invariant: an entity found here was named together with its fields.

use super::doc::{Block, BlockKind, Doc};
use super::draft::{Draft, Evidence};
use super::entities::{add, bracketed, is_field_list, listed_key, sentence};
use super::fields;
use super::lexicon;
use crate::model::Origin;

/// Outside of sections about entities: "Show Attributes:" with a list, "User (id, name, email)".
pub(super) fn anywhere(doc: &Doc<'_>, index: usize, draft: &mut Draft) {
    let block = &doc.blocks[index];
    if matches!(block.kind, BlockKind::Fence(_))
        || announced_fields(doc, index, draft)
        || fields_of(doc, block, draft)
    {
        return;
    }
    let Some((name, inner)) = block.plain.split_once('(') else {
        return;
    };
    let first = inner
        .split([',', ')'])
        .next()
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    let keyed =
        matches!(first.as_str(), "id" | "uuid" | "name" | "title") || first.ends_with("_id");
    let key = super::keys::key_of(name).filter(|_| keyed && name.split_whitespace().count() <= 2);
    let thing =
        key.is_some_and(|key| !lexicon::is_abstract(key.rsplit(' ').next().unwrap_or_default()));
    if thing && !name.trim().to_lowercase().ends_with("search") {
        bracketed(doc, &block.plain, &block.span, draft);
    }
}

/// "Show attributes:" above a list.
fn announced_fields(doc: &Doc<'_>, index: usize, draft: &mut Draft) -> bool {
    let block = &doc.blocks[index];
    let lower = block.plain.trim().trim_end_matches(':').to_lowercase();
    let endings = [" attributes", " fields", " properties", " atributos"];
    let name = endings
        .iter()
        .find_map(|ending| lower.strip_suffix(ending))
        .filter(|name| name.split_whitespace().count() <= 3);
    let children = if name.is_some() {
        doc.children(index)
    } else {
        Vec::new()
    };
    let Some(key) = name.and_then(listed_key).filter(|_| !children.is_empty()) else {
        return false;
    };
    let at = draft.entity(&key, Evidence::Listed, Origin::Spec, &block.span);
    for child in children {
        let child = &doc.blocks[child];
        add(doc, child, &child.plain, at, draft);
    }
    true
}

/// "Deal fields: name, value, close date".
fn fields_of(doc: &Doc<'_>, block: &Block, draft: &mut Draft) -> bool {
    let Some((head, tail)) = block.lead() else {
        return false;
    };
    let lower = head.to_lowercase();
    let name = lexicon::marks("entity.of_fields")
        .iter()
        .find_map(|ending| lower.strip_suffix(ending));
    let known = |key: &String| lexicon::is_known_noun(key) || super::hints::find(key).is_some();
    let Some(key) = name.and_then(listed_key).filter(known) else {
        return false;
    };
    if !is_field_list(sentence(tail)) {
        return false;
    }
    let at = draft.entity(&key, Evidence::Prose, Origin::Spec, &block.span);
    for part in fields::split_list(sentence(tail)) {
        add(doc, block, &part, at, draft);
    }
    true
}

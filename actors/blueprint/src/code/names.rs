//! Names that the generated code gives to one entity.
//!
//! Invariant: file names are unique over the model, safe on every file system, and never `index`.

use std::collections::BTreeSet;

use heck::{ToKebabCase, ToLowerCamelCase};

use crate::model::{AppModel, Entity};
use crate::screens::{Screen, ScreenKind, base_route};

/// Names of one entity.
#[derive(Clone, Debug)]
pub(super) struct Names<'a> {
    /// The entity.
    pub(super) entity: &'a Entity,
    /// Stem of its files: `order-item`.
    pub(super) file: String,
    /// Start of its constants: `orderItem`.
    pub(super) camel: String,
    /// Address of its list page.
    pub(super) path: String,
}

impl Names<'_> {
    /// `OrderItemRow`.
    pub(super) fn row(&self) -> String {
        format!("{}Row", self.entity.name)
    }

    /// `OrderItemInput`, the type.
    pub(super) fn input(&self) -> String {
        format!("{}Input", self.entity.name)
    }

    /// `orderItemEntity`, the definition.
    pub(super) fn definition(&self) -> String {
        format!("{}Entity", self.camel)
    }

    /// `@/domain/order-item`.
    pub(super) fn module(&self) -> String {
        format!("@/domain/{}", self.file)
    }
}

/// Names of all entities, in the order of the model.
pub(super) fn names<'a>(model: &'a AppModel, screens: &[Screen]) -> Vec<Names<'a>> {
    let mut taken = BTreeSet::from(["index".to_owned(), "people".to_owned()]);
    let mut all = Vec::new();
    for entity in &model.entities {
        let stem = entity.name.to_kebab_case();
        let stem = if stem.is_empty() {
            "entity".to_owned()
        } else {
            stem
        };
        let mut file = stem.clone();
        let mut number = 2;
        while !taken.insert(file.clone()) {
            file = format!("{stem}-{number}");
            number += 1;
        }
        let camel = entity.name.to_lower_camel_case();
        all.push(Names {
            entity,
            file,
            camel,
            path: path(entity, screens),
        });
    }
    all
}

/// The address of the list page; where nobody may read, the one it would have.
fn path(entity: &Entity, screens: &[Screen]) -> String {
    let mut own = screens
        .iter()
        .filter(|screen| screen.entity.as_deref() == Some(entity.name.as_str()));
    let list = own.clone().find(|screen| screen.kind == ScreenKind::List);
    if let Some(list) = list {
        return list.route.clone();
    }
    let form = own.find_map(|screen| screen.route.strip_suffix("/new"));
    form.map_or_else(|| base_route(entity), str::to_owned)
}

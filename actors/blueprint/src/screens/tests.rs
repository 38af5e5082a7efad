//! Tests of the screen list. Invariant checked: unique, reachable, never public by accident, every requirement bound.

use super::*;
use crate::fixture;

fn unique_count<T: Ord>(items: impl Iterator<Item = T>) -> usize {
    items.collect::<BTreeSet<_>>().len()
}

#[test]
fn names_components_and_routes_are_unique() {
    let list = screens(&fixture::clinic());
    assert_eq!(unique_count(list.iter().map(|s| &s.name)), list.len());
    assert_eq!(unique_count(list.iter().map(|s| &s.component)), list.len());
    assert_eq!(unique_count(list.iter().map(|s| &s.route)), list.len());
}

#[test]
fn no_page_about_data_is_open_to_everyone() {
    for screen in screens(&fixture::clinic()) {
        let public = matches!(screen.kind, ScreenKind::Landing | ScreenKind::SignIn);
        assert_eq!(screen.roles.is_empty(), public, "{}", screen.route);
    }
}

#[test]
fn every_requirement_has_a_page() {
    let model = fixture::clinic();
    let list = screens(&model);
    for requirement in &model.requirements {
        assert!(
            list.iter()
                .any(|screen| screen.fr.contains(&requirement.id)),
            "{}",
            requirement.id
        );
    }
}

#[test]
fn the_form_for_new_rows_stands_before_the_page_of_one_row() {
    let list = screens(&fixture::clinic());
    let place = |route: &str| {
        list.iter()
            .position(|screen| screen.route == route)
            .unwrap()
    };
    assert!(place("/appointments/new") < place("/appointments/:id"));
}

#[test]
fn a_table_named_like_a_page_of_the_application_gets_another_path() {
    let entity = Entity {
        table: "dashboard".to_owned(),
        ..Entity::default()
    };
    assert_eq!(base_route(&entity), "/dashboard-records");
}

#[test]
fn an_administrator_needs_no_stated_rights() {
    let mut model = fixture::clinic();
    model.permissions.clear();
    let list = screens(&model);
    assert!(list.iter().any(|screen| screen.route == "/appointments"));
    assert!(
        list.iter()
            .all(|screen| screen.entity.is_none() || screen.roles == ["administrator"])
    );
}

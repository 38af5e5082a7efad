//! Screens: which pages the application has. The UX specification describes them, the code bundle implements them.
//!
//! Invariant: derived from the model alone, so that the two artifacts never disagree.

use crate::model::AppModel;

/// One page of the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Screen {
    /// "Orders", unique.
    pub name: String,
    /// Name of the React component and of its file: `OrderList`, unique.
    pub component: String,
    /// React-Router route: `/orders/:id`.
    pub route: String,
    /// What kind of page.
    pub kind: ScreenKind,
    /// Entity name, for pages about one entity.
    pub entity: Option<String>,
    /// Role ids that may open it; empty: everyone, also without signing in.
    pub roles: Vec<String>,
    /// Requirement ids that it serves.
    pub fr: Vec<String>,
}

/// Kinds of page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScreenKind {
    /// Public start page `/`.
    Landing,
    /// `/sign-in`.
    SignIn,
    /// `/dashboard`: counts and latest rows per entity.
    Dashboard,
    /// `/orders`: table with search, filter by state and paging.
    List,
    /// `/orders/:id`: one row, its relations, its state moves.
    Detail,
    /// `/orders/new` and `/orders/:id/edit`: one form.
    Form,
    /// `/admin/roles`: who has which role.
    Roles,
}

/// All screens, in navigation order.
pub fn screens(_model: &AppModel) -> Vec<Screen> {
    Vec::new()
}

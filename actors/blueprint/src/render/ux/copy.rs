//! Words of the screens, in English or Portuguese.
//!
//! Invariant: every state that a screen can be in has its words; errors say what to do next.

use serde_json::{Value, json};

use super::super::view::View;
use crate::screens::{Screen, ScreenKind, is_portuguese};

/// What a screen says.
#[derive(Clone, Debug)]
pub(super) struct Copy {
    pub(super) title: String,
    pub(super) action: String,
    pub(super) loading: String,
    pub(super) empty: String,
    pub(super) error: String,
    pub(super) forbidden: String,
}

impl Copy {
    pub(super) fn json(&self) -> Value {
        json!({
            "title": self.title, "action": self.action, "loading": self.loading,
            "empty": self.empty, "error": self.error, "forbidden": self.forbidden,
        })
    }
}

/// Words of `screen`.
pub(super) fn copy(view: &View, screen: &Screen) -> Copy {
    let pt = is_portuguese(view.model);
    let say = |en: &str, p: &str| say(pt, en, p);
    let entity = screen
        .entity
        .as_deref()
        .and_then(|name| view.model.entity(name));
    let plural = entity.map_or("", |entity| entity.label_plural.as_str());
    let label = entity.map_or("", |entity| entity.label.as_str());
    let action = match screen.kind {
        ScreenKind::Landing | ScreenKind::SignIn => say("Sign in", "Entrar"),
        ScreenKind::Form => say("Save", "Salvar"),
        ScreenKind::Detail => say("Edit", "Editar"),
        ScreenKind::List if pt => format!("Criar {}", label.to_lowercase()),
        ScreenKind::List => format!("New {}", label.to_lowercase()),
        ScreenKind::Dashboard => say("View all", "Ver todos"),
        ScreenKind::Roles => say("Choose roles", "Escolher papéis"),
    };
    let empty = empty(screen.kind, plural, pt);
    let error = error(screen.kind, pt);
    let closed = matches!(screen.kind, ScreenKind::Landing | ScreenKind::SignIn);
    let forbidden = if closed {
        String::new()
    } else {
        say(
            "Your role does not include this page.",
            "Seu papel não inclui esta página.",
        )
    };
    let title = if screen.kind == ScreenKind::Landing {
        view.model.product.name.clone()
    } else {
        screen.name.clone()
    };
    Copy {
        title,
        action,
        loading: say("Loading…", "Carregando…"),
        empty,
        error,
        forbidden,
    }
}

fn say(pt: bool, english: &str, portuguese: &str) -> String {
    if pt {
        portuguese.to_owned()
    } else {
        english.to_owned()
    }
}

fn empty(kind: ScreenKind, plural: &str, pt: bool) -> String {
    match kind {
        ScreenKind::List if pt => {
            format!("{plural}: ainda sem registros. Os registros que você pode ver aparecem aqui.")
        }
        ScreenKind::List => {
            format!(
                "No {} yet. Records that you may see will appear here.",
                plural.to_lowercase()
            )
        }
        ScreenKind::Detail => say(
            pt,
            "Not found. It may have been deleted, or you may not see it.",
            "Não encontrado. Pode ter sido excluído, ou você não pode vê-lo.",
        ),
        ScreenKind::Dashboard => say(
            pt,
            "Records that you may see will appear here.",
            "Os registros que você pode ver aparecem aqui.",
        ),
        _ => String::new(),
    }
}

fn error(kind: ScreenKind, pt: bool) -> String {
    match kind {
        ScreenKind::SignIn => say(
            pt,
            "E-mail or password is wrong.",
            "E-mail ou senha incorretos.",
        ),
        ScreenKind::Form => say(
            pt,
            "Please check the marked fields.",
            "Verifique os campos marcados.",
        ),
        ScreenKind::Landing => String::new(),
        _ => say(
            pt,
            "The server could not be reached. Please try again.",
            "O servidor não respondeu. Tente de novo.",
        ),
    }
}

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
    let say = |en: &str, p: &str| if pt { p.to_owned() } else { en.to_owned() };
    let plural = screen
        .entity
        .as_deref()
        .and_then(|name| view.model.entity(name));
    let plural = plural.map_or("", |entity| entity.label_plural.as_str());
    let action = match screen.kind {
        ScreenKind::Landing | ScreenKind::SignIn => say("Sign in", "Entrar"),
        ScreenKind::Form => say("Save", "Salvar"),
        ScreenKind::Detail => say("Edit", "Editar"),
        ScreenKind::List => say("New", "Novo"),
        ScreenKind::Dashboard => say("Open", "Abrir"),
        ScreenKind::Roles => say("Save role", "Salvar papel"),
    };
    let empty = match screen.kind {
        ScreenKind::List => match pt {
            true => format!("Ainda não há nada em {plural}. Crie o primeiro registro."),
            false => format!("Nothing in {plural} yet. Make the first entry."),
        },
        ScreenKind::Detail => say(
            "This entry does not exist or was deleted.",
            "Este registro não existe ou foi excluído.",
        ),
        ScreenKind::Dashboard => say(
            "Nothing to show yet. Start with a first entry.",
            "Nada a mostrar ainda. Comece com um primeiro registro.",
        ),
        ScreenKind::Roles => say("Nobody has signed up yet.", "Ninguém se cadastrou ainda."),
        ScreenKind::Landing | ScreenKind::SignIn | ScreenKind::Form => String::new(),
    };
    let error = match screen.kind {
        ScreenKind::SignIn => say(
            "E-mail or password is not right. Please try again.",
            "E-mail ou senha incorretos. Tente novamente.",
        ),
        ScreenKind::Form => say(
            "This could not be saved. Your entries are kept; please try again.",
            "Não foi possível salvar. Seus dados continuam aqui; tente novamente.",
        ),
        ScreenKind::Landing => String::new(),
        _ => say(
            "This could not be loaded. Please try again.",
            "Não foi possível carregar. Tente novamente.",
        ),
    };
    let closed = matches!(screen.kind, ScreenKind::Landing | ScreenKind::SignIn);
    let forbidden = if closed {
        String::new()
    } else {
        say(
            "Your role does not allow this page.",
            "Seu papel não permite esta página.",
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

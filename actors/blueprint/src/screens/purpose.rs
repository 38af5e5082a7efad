//! What a requirement is about, judged by the first telling verb of its title; only used to choose its pages.
//!
//! Invariant: a wrong guess costs precision, never a binding: every requirement still gets a page.

use crate::model::Requirement;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Manage,
    Create,
    Change,
    Browse,
    Access,
    Other,
}

/// Words in both languages of the interface, the verbs of managing first: "manage the list" is not about browsing.
const WORDS: [(Purpose, &str); 5] = [
    (
        Purpose::Manage,
        "manage maintain administer gerenciar administrar manter",
    ),
    (
        Purpose::Access,
        "login log sign signup authenticate authentication password entrar senha autenticação",
    ),
    (
        Purpose::Create,
        "create add register submit book post upload place criar adicionar cadastrar registrar \
         enviar agendar",
    ),
    (
        Purpose::Change,
        "edit update change modify editar atualizar alterar",
    ),
    (
        Purpose::Browse,
        "list search filter browse sort find listar buscar pesquisar filtrar procurar",
    ),
];

impl Purpose {
    pub(super) fn of(requirement: &Requirement) -> Self {
        for word in requirement.title.split(|c: char| !c.is_alphanumeric()) {
            let word = word.to_lowercase();
            let means = |words: &str| words.split(' ').any(|known| known == word);
            let found = WORDS
                .iter()
                .find(|(_, words)| !word.is_empty() && means(words));
            if let Some((purpose, _)) = found {
                return *purpose;
            }
        }
        Self::Other
    }
}

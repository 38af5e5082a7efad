//! What follows from the rest: acceptance criteria, missing requirements, edge cases, complexity.
//!
//! Invariant: everything written here follows from an entity, a role or a number of the model, in its language.

use super::lexicon;
use super::words::{label, shortened};
use crate::model::{
    Acceptance, Action, AppModel, Complexity, EdgeCase, Entity, FieldType, Origin, Requirement,
    Trace,
};

/// The two languages that the artifacts are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// English.
    English,
    /// Portuguese.
    Portuguese,
}

impl Language {
    /// The language to write in for the BCP 47 tag `tag`.
    pub(super) fn of(tag: &str) -> Self {
        if tag.to_lowercase().starts_with("pt") {
            Self::Portuguese
        } else {
            Self::English
        }
    }

    /// One of two wordings.
    pub(super) fn pick<T>(self, english: T, portuguese: T) -> T {
        match self {
            Self::English => english,
            Self::Portuguese => portuguese,
        }
    }
}

/// The criterion of a requirement that the text gives none for.
pub(super) fn acceptance(
    requirement: &Requirement,
    action: Option<Action>,
    model: &AppModel,
    language: Language,
) -> Acceptance {
    let role = requirement
        .actors
        .first()
        .and_then(|id| model.roles.iter().find(|role| role.id == *id))
        .or_else(|| model.roles.first());
    let role = role.map_or_else(|| "user".to_owned(), |role| role.label.to_lowercase());
    let article = if role.starts_with(['a', 'e', 'i', 'o']) && language == Language::English {
        "an"
    } else {
        "a"
    };
    let given = language.pick(
        format!("{article} {role} is signed in"),
        format!("{role} com sessão iniciada"),
    );
    let entity = requirement
        .entities
        .first()
        .and_then(|name| model.entity(name));
    let Some(entity) = entity else {
        let doing = shortened(&requirement.title, 120).to_lowercase();
        return Acceptance {
            id: String::new(),
            given,
            when: language.pick(
                format!("they use the function \"{doing}\""),
                format!("usa a função \"{doing}\""),
            ),
            then: language.pick(
                "the result is shown at once, or the reason why it is refused".to_owned(),
                "o resultado aparece em seguida, ou o motivo da recusa".to_owned(),
            ),
        };
    };
    let (when, then) = steps(entity, action, language);
    Acceptance {
        id: String::new(),
        given,
        when,
        then,
    }
}

fn steps(entity: &Entity, action: Option<Action>, language: Language) -> (String, String) {
    let one = entity.label.to_lowercase();
    let many = entity.label_plural.to_lowercase();
    let required: Vec<String> = entity
        .fields
        .iter()
        .filter(|field| field.required)
        .take(3)
        .map(|field| field.label.to_lowercase())
        .collect();
    let list = required.join(", ");
    match action {
        Some(Action::Create) if !required.is_empty() => (
            language.pick(format!("they save a new {one} with {list}"), format!("salva {one} com {list}")),
            language.pick(format!("the {one} is stored and appears in the list of {many}; a missing {} is refused with a message at the field", required[0]), format!("{one} fica gravado e aparece na lista de {many}; sem {} a gravação é recusada com uma mensagem no campo", required[0])),
        ),
        Some(Action::Create) => (
            language.pick(format!("they save a new {one}"), format!("salva {one}")),
            language.pick(format!("the {one} is stored and appears in the list of {many}"), format!("{one} fica gravado e aparece na lista de {many}")),
        ),
        Some(Action::Update) => (
            language.pick(format!("they change {} {one} that they may edit", article(&one)), format!("altera {one} que pode editar")),
            language.pick(format!("the change is stored and visible to everyone who may see the {one}"), format!("a alteração fica gravada e visível para quem pode ver {one}")),
        ),
        Some(Action::Delete) => (
            language.pick(format!("they delete {} {one} and confirm", article(&one)), format!("exclui {one} e confirma")),
            language.pick(format!("the {one} no longer appears in the list of {many}"), format!("{one} não aparece mais na lista de {many}")),
        ),
        _ => (
            language.pick(format!("they open the list of {many}"), format!("abre a lista de {many}")),
            language.pick(format!("they see exactly the {many} that they may read, newest first, and can search them"), format!("vê exatamente os registros de {many} que pode ler, do mais novo ao mais antigo, e pode pesquisá-los")),
        ),
    }
}

fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o']) {
        "an"
    } else {
        "a"
    }
}

fn capital_article(word: &str) -> &'static str {
    if article(word) == "an" { "An" } else { "A" }
}

/// A requirement for an entity that none of the text's requirements names.
pub(super) fn missing(entity: &Entity, language: Language) -> Requirement {
    let one = entity.label.to_lowercase();
    let many = entity.label_plural.to_lowercase();
    let origin = if entity.trace.span.is_some() {
        Origin::Inferred
    } else {
        Origin::Assumption
    };
    Requirement {
        title: language.pick(format!("Keep {many}"), format!("Manter {many}")),
        description: language.pick(
            format!("People with the right role list, search, open, create, change and delete {many}; each {one} shows what belongs to it."),
            format!("Quem tem o papel adequado lista, pesquisa, abre, cria, altera e exclui {many}; cada registro mostra o que pertence a ele."),
        ),
        feature: entity.label_plural.clone(),
        entities: vec![entity.name.clone()],
        trace: Trace { origin, ..entity.trace.clone() },
        ..Requirement::default()
    }
}

/// Edge cases that follow from the data, beside those of the text.
pub(super) fn edge_cases(model: &AppModel, language: Language) -> Vec<EdgeCase> {
    let cases = |entity| {
        let both = [state_case(entity, language), unique_case(entity, language)];
        both.into_iter()
            .flatten()
            .chain(parent_case(entity, model, language))
    };
    let mut out: Vec<EdgeCase> = model.entities.iter().take(20).flat_map(cases).collect();
    out.truncate(24);
    out.extend(model.entities.first().map(|entity| {
        let many = entity.label_plural.to_lowercase();
        edge_case(
            language.pick(
                format!("There are no {many} yet"),
                format!("Ainda não há registros de {many}"),
            ),
            language.pick(
                "The list says so and offers to create the first one to those who may.",
                "A lista avisa e oferece criar o primeiro a quem pode.",
            ),
            "low",
        )
    }));
    out
}

fn edge_case(scenario: String, handling: &str, severity: &str) -> EdgeCase {
    EdgeCase {
        scenario,
        handling: handling.to_owned(),
        severity: severity.to_owned(),
        ..EdgeCase::default()
    }
}

fn state_case(entity: &Entity, language: Language) -> Option<EdgeCase> {
    let states = entity.states.as_ref()?;
    let one = entity.label.to_lowercase();
    let field = label(&states.field).to_lowercase();
    Some(edge_case(
        language.pick(
            format!(
                "{} {one} is moved to a state that its {field} does not lead to",
                capital_article(&one)
            ),
            format!("Alguém tenta uma mudança de estado não prevista em {one}"),
        ),
        language.pick(
            "The move is refused by the database and the allowed moves are shown.",
            "A mudança é recusada pelo banco de dados e as mudanças permitidas são mostradas.",
        ),
        "high",
    ))
}

fn unique_case(entity: &Entity, language: Language) -> Option<EdgeCase> {
    let field = entity
        .fields
        .iter()
        .find(|field| field.unique)?
        .label
        .to_lowercase();
    let one = entity.label.to_lowercase();
    Some(edge_case(
        language.pick(
            format!(
                "Two people save {} {one} with the same {field}",
                article(&one)
            ),
            format!("Duas pessoas salvam {one} com o mesmo valor em {field}"),
        ),
        language.pick(
            "The second one is refused with a message at the field.",
            "A segunda gravação é recusada com uma mensagem no campo.",
        ),
        "medium",
    ))
}

fn parent_case(entity: &Entity, model: &AppModel, language: Language) -> Option<EdgeCase> {
    let mut required = entity.fields.iter().filter(|field| field.required);
    let name = required.find_map(|field| field.references.as_deref())?;
    let parent = model.entity(name)?.label.to_lowercase();
    let one = entity.label.to_lowercase();
    Some(edge_case(
        language.pick(
            format!(
                "{} {parent} is deleted while {} {one} still belongs to it",
                capital_article(&parent),
                article(&one)
            ),
            format!("Exclusão de {parent} enquanto {one} ainda depende dele"),
        ),
        language.pick(
            "The deletion is refused, and the rows that depend on it are named.",
            "A exclusão é recusada e os registros dependentes são citados.",
        ),
        "medium",
    ))
}

/// The five dimensions, from what the model counts.
pub(super) fn complexity(model: &AppModel, text: &str) -> Complexity {
    let lower = text.to_lowercase();
    let hits = |words: &[&str]| words.iter().filter(|word| lower.contains(**word)).count();
    let level = |count: usize, steps: [usize; 4]| {
        1 + u8::try_from(steps.iter().filter(|step| count >= **step).count()).unwrap_or(4)
    };
    let files = model
        .entities
        .iter()
        .flat_map(|entity| &entity.fields)
        .filter(|field| {
            matches!(
                field.kind,
                FieldType::File | FieldType::Image | FieldType::Geo
            )
        })
        .count();
    let states = model
        .entities
        .iter()
        .filter(|entity| entity.states.is_some())
        .count();
    let integrations = hits(lexicon::marks("complexity.integration"));
    let infrastructure = hits(lexicon::marks("complexity.infrastructure"));
    let regulated = hits(lexicon::marks("complexity.regulated"));
    Complexity {
        scope: level(
            model.entities.len() + model.requirements.len() / 3,
            [5, 9, 16, 26],
        ),
        integration: level(integrations, [1, 2, 4, 6]),
        infrastructure: level(infrastructure + usize::from(files > 0), [1, 2, 4, 6]),
        knowledge: level(states + model.roles.len(), [4, 6, 9, 12]),
        risk: level(regulated + model.open_questions.len() / 3, [1, 2, 4, 6]),
    }
}

//! Word lists of the demo rows. Invariant: each list has at least twelve different entries, so that rows differ.

/// Made-up people.
pub(super) const PEOPLE: [&str; 14] = [
    "Ana Ribeiro",
    "Marcus Lee",
    "Priya Nair",
    "Tomás Alves",
    "Grace Okafor",
    "Jonas Weber",
    "Leila Haddad",
    "Sofia Marino",
    "Daniel Cho",
    "Ines Moreau",
    "Oskar Lind",
    "Maya Cohen",
    "Rafael Costa",
    "Hana Sato",
];

const COMPANIES: [&str; 12] = [
    "Northwind Studio",
    "Harbor & Pine",
    "Blue Kite",
    "Juniper Works",
    "Atlas Foods",
    "Cobalt Labs",
    "Willow Partners",
    "Summit Supply",
    "Lumen Health",
    "Orchard House",
    "Vela Travel",
    "Quarry Design",
];

const CITIES: [&str; 12] = [
    "Lisbon",
    "Toronto",
    "Nairobi",
    "São Paulo",
    "Berlin",
    "Osaka",
    "Austin",
    "Lyon",
    "Dublin",
    "Bogotá",
    "Oslo",
    "Perth",
];

const COUNTRIES: [&str; 12] = [
    "Portugal",
    "Canada",
    "Kenya",
    "Brazil",
    "Germany",
    "Japan",
    "United States",
    "France",
    "Ireland",
    "Colombia",
    "Norway",
    "Australia",
];

const STREETS: [&str; 12] = [
    "12 Harbor Street",
    "48 Mill Lane",
    "7 Orchard Road",
    "103 Station Avenue",
    "25 Park View",
    "9 Chapel Hill",
    "61 River Walk",
    "34 Market Square",
    "18 Garden Row",
    "72 Bridge Street",
    "5 Castle Close",
    "29 Meadow Way",
];

const COLOURS: [&str; 12] = [
    "Blue", "Green", "Red", "Yellow", "Orange", "Purple", "White", "Black", "Grey", "Brown",
    "Pink", "Teal",
];

/// Names of things.
pub(super) const THINGS: [&str; 12] = [
    "Aurora", "Maple", "Harbor", "Summit", "Willow", "Cobalt", "Juniper", "Meridian", "Ember",
    "Lagoon", "Quartz", "Solstice",
];

const PHRASES: [&str; 12] = [
    "Follow-up from last week",
    "First contact",
    "Monthly review",
    "Change of plans",
    "New request",
    "Quick check",
    "Planned in advance",
    "Waiting for an answer",
    "Asked by phone",
    "Confirmed by e-mail",
    "Needs a second look",
    "Ready to go",
];

const PHRASES_PT: [&str; 12] = [
    "Retorno da semana passada",
    "Primeiro contato",
    "Revisão mensal",
    "Mudança de planos",
    "Novo pedido",
    "Verificação rápida",
    "Planejado com antecedência",
    "Aguardando resposta",
    "Pedido por telefone",
    "Confirmado por e-mail",
    "Precisa de outra olhada",
    "Pronto para começar",
];

/// Longer texts.
pub(super) const SENTENCES: [&str; 12] = [
    "Discussed on the phone; the details follow by e-mail.",
    "Everything is prepared. Only the last confirmation is missing.",
    "Please look at the second page first, it explains the rest.",
    "Works well so far. We meet again at the end of the month.",
    "The first version was too long, this one is half the size.",
    "Agreed with everybody involved; no open points.",
    "Two questions came up and were answered the same day.",
    "A small change compared to last time: it starts one hour later.",
    "Kept short on purpose. Ask if something is unclear.",
    "Done as planned, a little earlier than expected.",
    "Moved from the old list; the history stands there.",
    "This needs some thought before it goes on.",
];

/// Longer texts in Portuguese.
pub(super) const SENTENCES_PT: [&str; 12] = [
    "Combinado por telefone; os detalhes seguem por e-mail.",
    "Está tudo preparado. Falta só a última confirmação.",
    "Veja primeiro a segunda página, ela explica o resto.",
    "Funciona bem até agora. Voltamos a conversar no fim do mês.",
    "A primeira versão era longa demais, esta tem a metade.",
    "Acordado com todos os envolvidos; nada em aberto.",
    "Duas dúvidas surgiram e foram respondidas no mesmo dia.",
    "Uma pequena mudança em relação à última vez: começa uma hora depois.",
    "Curto de propósito. Pergunte se algo não ficou claro.",
    "Feito como planejado, um pouco antes do previsto.",
    "Trazido da lista antiga; o histórico está lá.",
    "Isto pede alguma reflexão antes de seguir.",
];

/// What the name of a field says about its values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Person,
    Company,
    City,
    Country,
    Street,
    Colour,
    Code,
    PostCode,
    Title,
    Phrase,
}

const KINDS: [(Kind, &[&str]); 8] = [
    (
        Kind::Company,
        &[
            "company", "organi", "employer", "clinic", "empresa", "supplier", "vendor", "brand",
        ],
    ),
    (Kind::City, &["city", "town", "cidade", "location", "place"]),
    (Kind::Country, &["country", "pais", "nationality"]),
    (Kind::Street, &["address", "street", "endereco", "rua"]),
    (Kind::PostCode, &["zip", "postal", "cep", "postcode"]),
    (Kind::Colour, &["color", "colour", "cor_"]),
    (
        Kind::Code,
        &[
            "code",
            "sku",
            "number",
            "reference",
            "serial",
            "codigo",
            "numero",
            "plate",
            "isbn",
            "token",
        ],
    ),
    (
        Kind::Person,
        &[
            "full_name",
            "first_name",
            "last_name",
            "author",
            "contact",
            "username",
            "assignee",
            "display_name",
            "nome_completo",
        ],
    ),
];

/// Entities that are people: their "name" is a person's.
const PEOPLE_WORDS: [&str; 24] = [
    "User",
    "Customer",
    "Client",
    "Patient",
    "Doctor",
    "Student",
    "Teacher",
    "Member",
    "Employee",
    "Contact",
    "Person",
    "Profile",
    "Driver",
    "Guest",
    "Author",
    "Instructor",
    "Agent",
    "Staff",
    "Volunteer",
    "Cliente",
    "Paciente",
    "Aluno",
    "Professor",
    "Usuario",
];

fn kind(field: &str, entity: &str) -> Kind {
    for (kind, words) in KINDS {
        if words.iter().any(|word| field.contains(word)) {
            return kind;
        }
    }
    if field == "name" || field == "nome" || field.ends_with("_name") {
        let person = PEOPLE_WORDS.iter().any(|word| entity.ends_with(word));
        return if person { Kind::Person } else { Kind::Title };
    }
    if ["title", "titulo", "label", "subject"]
        .iter()
        .any(|word| field.contains(word))
    {
        Kind::Title
    } else {
        Kind::Phrase
    }
}

/// A value of a one-line field.
pub(super) fn one_line(field: &str, entity: &str, row: usize, portuguese: bool) -> String {
    let of = |list: &[&str]| list[row % list.len()].to_owned();
    match kind(field, entity) {
        Kind::Person => {
            let name = PEOPLE[row % PEOPLE.len()];
            let (first, last) = name.split_once(' ').unwrap_or((name, name));
            match field {
                "first_name" => first.to_owned(),
                "last_name" => last.to_owned(),
                "username" => slug(name),
                _ => name.to_owned(),
            }
        }
        Kind::Company => of(&COMPANIES),
        Kind::City => of(&CITIES),
        Kind::Country => of(&COUNTRIES),
        Kind::Street => of(&STREETS),
        Kind::Colour => of(&COLOURS),
        Kind::Code => format!(
            "{}-{}",
            entity
                .chars()
                .filter(char::is_ascii_alphabetic)
                .take(3)
                .collect::<String>()
                .to_ascii_uppercase(),
            1001 + row
        ),
        Kind::PostCode => format!("{:05}", 10115 + row * 731),
        Kind::Title => of(&THINGS),
        Kind::Phrase => of(if portuguese { &PHRASES_PT } else { &PHRASES }),
    }
}

/// `ana.ribeiro`; letters outside ASCII lose their marks.
pub(super) fn slug(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    let mut out = String::new();
    for c in text.nfd().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if c == ' ' && !out.ends_with('.') {
            out.push('.');
        }
    }
    out
}

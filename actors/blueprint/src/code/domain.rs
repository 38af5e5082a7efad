//! `src/domain/`: per entity its zod schemas, types and facts.
//!
//! Invariant: a schema accepts exactly what the column of the migration accepts, because both read `shape`.

use super::escape::{comment, ts, ts_list};
use super::names::Names;
use super::shape::{Shape, inputs, is_unique, life_cycle, shape, title_field};
use super::source::{Imports, Source};
use crate::model::{AppModel, Field};

/// `src/domain/<entity>.ts`.
pub(super) fn entity_file(model: &AppModel, names: &Names<'_>) -> String {
    let entity = names.entity;
    let mut imports = Imports::default();
    imports
        .add("zod", "z")
        .add("@/lib/entity", "type EntityDef")
        .add("@/lib/fields", "storedColumns");
    let mut body = Source::default();
    body.line(format!("/** {} */", comment(&entity.description)));
    choices(model, names, &mut body);
    input_schema(model, names, &mut imports, &mut body);
    row_schema(model, names, &mut body);
    definition(model, names, &mut body);
    format!("{}{}", imports.print(), body.finish())
}

/// Name of the constant with the values of a choice: `orderStatusValues`.
pub(super) fn choice_name(names: &Names<'_>, field: &Field) -> String {
    use heck::ToUpperCamelCase;
    format!("{}{}Values", names.camel, field.name.to_upper_camel_case())
}

fn choices(model: &AppModel, names: &Names<'_>, body: &mut Source) {
    for field in &names.entity.fields {
        if let Shape::Choice(values) = shape(model, field) {
            let name = choice_name(names, field);
            body.line(format!(
                "export const {name} = {} as const;",
                ts_list(&values)
            ));
        }
    }
    body.line("");
}

fn input_schema(model: &AppModel, names: &Names<'_>, imports: &mut Imports, body: &mut Source) {
    body.line("/** What people fill in. */");
    body.open(format!("export const {}Input = z.object({{", names.camel));
    for (field, shape) in inputs(model, names.entity) {
        let (function, call) = schema(names, field, &shape);
        imports.add("@/lib/fields", function);
        let call = if field.required || shape == Shape::Flag {
            call
        } else {
            imports.add("@/lib/fields", "optional");
            format!("optional({call})")
        };
        body.line(format!("{}: {call},", property(&field.name)));
    }
    body.close("});");
    body.line(format!(
        "export type {} = z.infer<typeof {}Input>;",
        names.input(),
        names.camel
    ));
    body.line("");
}

/// The function of `lib/fields.ts` and its call.
fn schema(names: &Names<'_>, field: &Field, shape: &Shape<'_>) -> (&'static str, String) {
    let label = ts(&field.label);
    let simple = |name: &'static str| (name, format!("{name}({label})"));
    match shape {
        Shape::Text { max, .. } => ("text", format!("text({label}, {{ max: {max} }})")),
        Shape::Slug { max } => ("slug", format!("slug({label}, {{ max: {max} }})")),
        Shape::Email => simple("email"),
        Shape::Url(_) => simple("url"),
        Shape::Phone => simple("phone"),
        Shape::Geo => simple("geo"),
        Shape::Integer { min, max, .. } | Shape::Duration { min, max } => (
            "integer",
            format!("integer({label}, {{ min: {min}, max: {max} }})"),
        ),
        Shape::Decimal { min, max } => (
            "decimal",
            format!("decimal({label}, {})", limits(*min, *max)),
        ),
        Shape::Money { min, max } => (
            "money",
            format!("money({label}, {})", limits(Some(*min), Some(*max))),
        ),
        Shape::Flag => ("flag", "flag()".to_owned()),
        Shape::Date => simple("date"),
        Shape::Moment => simple("timestamp"),
        Shape::Choice(_) => (
            "choice",
            format!("choice({label}, {})", choice_name(names, field)),
        ),
        Shape::Json => simple("json"),
        Shape::Reference(_) => simple("reference"),
        Shape::Uuid => simple("uuid"),
    }
}

fn limits(min: Option<f64>, max: Option<f64>) -> String {
    let parts: Vec<String> = [
        min.map(|n| format!("min: {n}")),
        max.map(|n| format!("max: {n}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() {
        "{}".to_owned()
    } else {
        format!("{{ {} }}", parts.join(", "))
    }
}

fn row_schema(model: &AppModel, names: &Names<'_>, body: &mut Source) {
    body.line("/** What is stored. */");
    body.open(format!(
        "export const {}Row = {}Input.extend({{",
        names.camel, names.camel
    ));
    if let Some(cycle) = life_cycle(model, names.entity) {
        let values = choice_name(names, cycle.field);
        body.line(format!(
            "{}: z.enum({values}),",
            property(&cycle.field.name)
        ));
    }
    if names.entity.owned {
        body.line("owner_id: z.uuid(),");
    }
    body.line("...storedColumns,");
    body.close("});");
    body.line(format!(
        "export type {} = z.infer<typeof {}Row>;",
        names.row(),
        names.camel
    ));
    body.line("");
}

fn definition(model: &AppModel, names: &Names<'_>, body: &mut Source) {
    let entity = names.entity;
    let kind = format!("EntityDef<{}, {}>", names.row(), names.input());
    body.open(format!("export const {}: {kind} = {{", names.definition()));
    body.line(format!("name: {},", ts(&entity.name)));
    body.line(format!("table: {},", ts(&entity.table)));
    body.line(format!("label: {},", ts(&entity.label)));
    body.line(format!("plural: {},", ts(&entity.label_plural)));
    body.line(format!("path: {},", ts(&names.path)));
    body.line(format!("owned: {},", entity.owned));
    let title =
        title_field(model, entity).map_or_else(|| "null".to_owned(), |field| ts(&field.name));
    body.line(format!("titleField: {title},"));
    let with = |wanted: &dyn Fn(&Field) -> bool| -> String {
        let fields: Vec<&str> = entity
            .fields
            .iter()
            .filter(|field| wanted(field))
            .map(|field| field.name.as_str())
            .collect();
        ts_list(&fields)
    };
    body.line(format!(
        "searchFields: {},",
        with(&|field| shape(model, field).is_searchable())
    ));
    body.line(format!(
        "uniqueFields: {},",
        with(&|field| is_unique(model, field))
    ));
    references(model, names, body);
    cycle(model, names, body);
    body.line(format!("input: {}Input,", names.camel));
    body.line(format!("row: {}Row,", names.camel));
    body.close("};");
}

fn references(model: &AppModel, names: &Names<'_>, body: &mut Source) {
    let mut rows = Vec::new();
    for field in &names.entity.fields {
        if let Shape::Reference(target) = shape(model, field) {
            let (name, target) = (ts(&field.name), ts(&target.name));
            rows.push(format!(
                "{{ field: {name}, entity: {target}, required: {} }},",
                field.required
            ));
        }
    }
    if rows.is_empty() {
        body.line("references: [],");
        return;
    }
    body.open("references: [");
    for row in rows {
        body.line(row);
    }
    body.close("],");
}

fn cycle(model: &AppModel, names: &Names<'_>, body: &mut Source) {
    let Some(cycle) = life_cycle(model, names.entity) else {
        body.line("lifeCycle: null,");
        return;
    };
    body.open("lifeCycle: {");
    body.line(format!("field: {},", ts(&cycle.field.name)));
    body.line(format!("initial: {},", ts(cycle.initial)));
    body.line(format!("values: {},", choice_name(names, cycle.field)));
    body.open("moves: [");
    for (from, to, by) in &cycle.moves {
        body.line(format!(
            "{{ from: {}, to: {}, by: {} }},",
            ts(from),
            ts(to),
            ts_list(by)
        ));
    }
    body.close("],");
    body.close("},");
}

/// A property name, quoted where it has to be.
pub(super) fn property(name: &str) -> String {
    let mut chars = name.chars();
    let plain = chars
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain && name != "__proto__" {
        name.to_owned()
    } else {
        format!("[{}]", ts(name))
    }
}

/// `src/domain/index.ts`.
pub(super) fn index_file(all: &[Names<'_>]) -> String {
    let mut imports = Imports::default();
    imports
        .add("@/lib/entity", "type EntityInfo")
        .add("@/lib/entity", "type Stored");
    imports.add("@/lib/names", "type EntityName");
    let mut body = Source::default();
    body.open("const definitions = {");
    for names in all {
        imports.add(&names.module(), &names.definition());
        body.line(format!("{}: {},", names.entity.name, names.definition()));
    }
    body.close("};");
    body.line("");
    body.line("/** Facts about every entity, by name. */");
    body.line("export const entityInfos: Readonly<Record<EntityName, EntityInfo>> = definitions;");
    body.line("");
    body.line("/** A stored row, checked; throws when it is none. */");
    body.open("export function parseRow(name: EntityName, value: unknown): Stored {");
    body.line("return definitions[name].row.parse(value);");
    body.close("}");
    body.line("");
    body.line("/** What a person filled in, checked; throws when it is not acceptable. */");
    body.open("export function parseInput(name: EntityName, value: unknown): unknown {");
    body.line("return definitions[name].input.parse(value);");
    body.close("}");
    format!("{}{}", imports.print(), body.finish())
}

/// `src/data/repos.ts` and `src/data/repos-supabase.ts`.
pub(super) fn repos_files(all: &[Names<'_>]) -> [(&'static str, String); 2] {
    let mut imports = Imports::default();
    imports
        .add("@/auth/permissions", "type Session")
        .add("@/data/memory-database", "type MemoryDatabase");
    imports
        .add("@/data/memory-repo", "MemoryRepo")
        .add("@/data/repo", "type Reader")
        .add("@/data/repo", "type Repo");
    imports
        .add("@/lib/entity", "type Stored")
        .add("@/lib/names", "type EntityName");
    let mut supabase_imports = Imports::default();
    supabase_imports
        .add("@supabase/supabase-js", "type SupabaseClient")
        .add("@/data/repos", "type Repos");
    supabase_imports.add("@/data/supabase-repo", "SupabaseRepo");
    let (mut types, mut memory, mut supabase) =
        (Source::default(), Source::default(), Source::default());
    types
        .line("/** One repository per entity. */")
        .open("export type Repos = {");
    memory.line("/** Rows in the browser; `session` tells who asks. */");
    memory.open("export function createMemoryRepos(database: MemoryDatabase, session: () => Session | null): Repos {");
    memory.open("return {");
    supabase.line("/** Rows in a Supabase project. */");
    supabase
        .open("export function createSupabaseRepos(client: SupabaseClient): Repos {")
        .open("return {");
    for names in all {
        let (name, definition, module) = (&names.entity.name, names.definition(), names.module());
        imports.add(&module, &definition);
        imports
            .add(&module, &format!("type {}", names.row()))
            .add(&module, &format!("type {}", names.input()));
        supabase_imports.add(&module, &definition);
        types.line(format!("{name}: Repo<{}, {}>;", names.row(), names.input()));
        memory.line(format!(
            "{name}: new MemoryRepo({definition}, database, session),"
        ));
        supabase.line(format!("{name}: new SupabaseRepo({definition}, client),"));
    }
    types.close("};").line("");
    memory.close("};").close("}").line("");
    supabase.close("};").close("}");
    memory
        .line("/** The reading half of the repository of an entity that is only known by name. */");
    memory.open("export function readerOf(repos: Repos, name: EntityName): Reader<Stored> {");
    memory.line("return repos[name];").close("}");
    [
        (
            "src/data/repos.ts",
            format!("{}{}{}", imports.print(), types.finish(), memory.finish()),
        ),
        (
            "src/data/repos-supabase.ts",
            format!("{}{}", supabase_imports.print(), supabase.finish()),
        ),
    ]
}

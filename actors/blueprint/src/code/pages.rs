//! `src/pages/` and `src/components/forms/`: list, detail, create and edit pages of each entity.
//!
//! Invariant: one file per screen, named like its component; labels reach JSX only through `escape`.

use super::domain::{choice_name, property};
use super::escape::{attribute, comment, ts};
use super::names::Names;
use super::shape::{Shape, UrlUse, inputs, life_cycle, shape, title_field};
use super::source::{Imports, Source};
use crate::model::{AppModel, Field};
use crate::screens::Screen;

/// Most columns of a list next to the title.
const COLUMNS_MAX: usize = 4;
/// Most filters of a list.
const FILTERS_MAX: usize = 2;

/// Everything a page needs to know.
#[derive(Clone, Copy)]
pub(super) struct Page<'a> {
    /// The application.
    pub(super) model: &'a AppModel,
    /// All entities.
    pub(super) all: &'a [Names<'a>],
    /// The entity of this page.
    pub(super) names: &'a Names<'a>,
    /// The screen.
    pub(super) screen: &'a Screen,
}

impl Page<'_> {
    /// What the page is for, as a comment.
    fn heading(&self, what: &str) -> String {
        let fr = if self.screen.fr.is_empty() {
            String::new()
        } else {
            format!(" ({})", self.screen.fr.join(", "))
        };
        comment(&format!("{}: {what}{fr}.", self.screen.name))
    }
}

/// `src/pages/OrderList.tsx`.
pub(super) fn list(page: Page<'_>) -> String {
    let Page { names, screen, .. } = page;
    let mut imports = Imports::default();
    imports
        .add("@/components/entity-table", "EntityTable")
        .add("@/data/services", "useRepos");
    imports.add(&names.module(), &names.definition());
    let mut body = Source::default();
    print_columns(page, &mut imports, &mut body);
    let filtered = print_filters(page, &mut imports, &mut body);
    body.line(format!(
        "/** {} */",
        page.heading("search, filters, paging")
    ));
    body.open(format!("export default function {}() {{", screen.component));
    body.line("const repos = useRepos();");
    let (definition, name) = (names.definition(), &names.entity.name);
    let filters = if filtered { " filters={filters}" } else { "" };
    body.line(format!(
        "return <EntityTable entity={{{definition}}} repo={{repos.{name}}} columns={{columns}}{filters} />;"
    ));
    body.close("}");
    format!("{}{}", imports.print(), body.finish())
}

fn print_columns(page: Page<'_>, imports: &mut Imports, body: &mut Source) {
    let Page { model, names, .. } = page;
    imports.add("@/components/entity-table", "type Column");
    imports.add(&names.module(), &format!("type {}", names.row()));
    body.open(format!(
        "const columns: readonly Column<{}>[] = [",
        names.row()
    ));
    for field in columns(model, names) {
        let shape = shape(model, field);
        let numeric = matches!(
            shape,
            Shape::Integer { .. }
                | Shape::Decimal { .. }
                | Shape::Money { .. }
                | Shape::Duration { .. }
        );
        let cell = value(names, field, &shape, false, imports);
        // A JSX child in braces is an expression without them.
        let cell = cell
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'))
            .unwrap_or(&cell);
        let numeric = if numeric { ", numeric: true" } else { "" };
        let (name, header) = (ts(&field.name), ts(&field.label));
        body.line(format!(
            "{{ field: {name}, header: {header}, cell: (row) => {cell}{numeric} }},"
        ));
    }
    body.close("];").line("");
}

/// Whether there are any.
fn print_filters(page: Page<'_>, imports: &mut Imports, body: &mut Source) -> bool {
    let Page { model, names, .. } = page;
    let filters = filters(model, names);
    if filters.is_empty() {
        return false;
    }
    imports.add("@/components/entity-table", "type Filter");
    body.open("const filters: readonly Filter[] = [");
    for field in filters {
        let values = choice_name(names, field);
        imports.add(&names.module(), &values);
        let (name, label) = (ts(&field.name), ts(&field.label));
        body.line(format!(
            "{{ field: {name}, label: {label}, values: {values} }},"
        ));
    }
    body.close("];").line("");
    true
}

/// The state first, then what is short, in the order of the model.
fn columns<'a>(model: &'a AppModel, names: &Names<'a>) -> Vec<&'a Field> {
    let title = title_field(model, names.entity).map(|field| field.name.as_str());
    let state = life_cycle(model, names.entity).map(|cycle| cycle.field.name.as_str());
    let short = |field: &Field| {
        !matches!(
            shape(model, field),
            Shape::Text { long: true, .. } | Shape::Json | Shape::Url(_) | Shape::Uuid | Shape::Geo
        )
    };
    let (first, others): (Vec<&Field>, Vec<&Field>) = names
        .entity
        .fields
        .iter()
        .filter(|field| Some(field.name.as_str()) != title && short(field))
        .partition(|field| Some(field.name.as_str()) == state);
    first.into_iter().chain(others).take(COLUMNS_MAX).collect()
}

fn filters<'a>(model: &'a AppModel, names: &Names<'a>) -> Vec<&'a Field> {
    let state = life_cycle(model, names.entity).map(|cycle| cycle.field.name.as_str());
    let mut fields: Vec<&Field> = names
        .entity
        .fields
        .iter()
        .filter(|field| matches!(shape(model, field), Shape::Choice(_)))
        .collect();
    fields.sort_by_key(|field| Some(field.name.as_str()) != state);
    fields.truncate(FILTERS_MAX);
    fields
}

/// A JSX child that shows the value of `field` of `row`.
fn value(
    names: &Names<'_>,
    field: &Field,
    shape: &Shape<'_>,
    full: bool,
    imports: &mut Imports,
) -> String {
    let access = access("row", &field.name);
    let mut format = |function: &str| {
        imports.add("@/lib/format", function);
        format!("{{{function}({access})}}")
    };
    match shape {
        Shape::Text { .. } | Shape::Slug { .. } | Shape::Geo | Shape::Uuid => format("formatText"),
        Shape::Integer { .. } | Shape::Decimal { .. } => format("formatNumber"),
        Shape::Duration { .. } => format("formatDuration"),
        Shape::Money { .. } => format("formatMoney"),
        Shape::Flag => format("formatBoolean"),
        Shape::Date => format("formatDate"),
        Shape::Moment => format("formatMoment"),
        Shape::Email | Shape::Phone if !full => format("formatText"),
        Shape::Json => {
            imports
                .add("@/lib/format", "formatJson")
                .add("@/components/values", "Preformatted");
            format!("<Preformatted>{{formatJson({access})}}</Preformatted>")
        }
        Shape::Email => element(imports, "MailLink", &format!("value={{{access}}}")),
        Shape::Phone => element(imports, "PhoneLink", &format!("value={{{access}}}")),
        Shape::Url(UrlUse::Link) => element(imports, "WebLink", &format!("value={{{access}}}")),
        Shape::Url(UrlUse::Image) => {
            let alt = attribute("alt", &field.label);
            element(imports, "Picture", &format!("value={{{access}}} {alt}"))
        }
        Shape::Choice(_) => {
            let state = names
                .entity
                .states
                .as_ref()
                .is_some_and(|states| states.field == field.name);
            if state {
                element(imports, "StateBadge", &format!("value={{{access}}}"))
            } else {
                imports.add("@/lib/format", "humanise");
                format!("{{humanise({access})}}")
            }
        }
        Shape::Reference(target) => {
            let name = if full {
                "ReferenceLink"
            } else {
                "ReferenceText"
            };
            element(
                imports,
                name,
                &format!("{} id={{{access}}}", attribute("entity", &target.name)),
            )
        }
    }
}

fn element(imports: &mut Imports, name: &str, attributes: &str) -> String {
    imports.add("@/components/values", name);
    format!("<{name} {attributes} />")
}

/// `row.title`, or `row["…"]` where the name is no identifier.
fn access(object: &str, name: &str) -> String {
    if property(name) == name {
        format!("{object}.{name}")
    } else {
        format!("{object}[{}]", ts(name))
    }
}

/// `src/pages/OrderDetail.tsx`.
pub(super) fn detail(page: Page<'_>) -> String {
    let Page {
        model,
        names,
        screen,
        ..
    } = page;
    let mut imports = Imports::default();
    imports
        .add("@/components/record-page", "RecordPage")
        .add("@/data/services", "useRepos");
    imports.add(&names.module(), &names.definition());
    let mut body = Source::default();
    body.line(format!(
        "/** {} */",
        page.heading("fields, related rows, state moves")
    ));
    body.open(format!("export default function {}() {{", screen.component));
    body.line("const repos = useRepos();");
    body.open("return (").open("<RecordPage");
    body.line(format!("entity={{{}}}", names.definition()));
    body.line(format!("repo={{repos.{}}}", names.entity.name));
    facts(model, names, &mut imports, &mut body);
    related(page, &mut imports, &mut body);
    body.close("/>").close(");").close("}");
    format!("{}{}", imports.print(), body.finish())
}

fn facts(model: &AppModel, names: &Names<'_>, imports: &mut Imports, body: &mut Source) {
    let fields = inputs(model, names.entity);
    if fields.is_empty() {
        body.line("facts={() => null}");
        return;
    }
    imports.add("@/components/values", "Fact");
    body.open("facts={(row) => (").open("<>");
    for (field, shape) in fields {
        let wide = matches!(
            shape,
            Shape::Text { long: true, .. } | Shape::Json | Shape::Url(UrlUse::Image)
        );
        let wide = if wide { " wide" } else { "" };
        let label = attribute("label", &field.label);
        let value = value(names, field, &shape, true, imports);
        body.line(format!("<Fact {label}{wide}>{value}</Fact>"));
    }
    body.close("</>").close(")}");
}

/// Lists of the rows that point to this one.
fn related(page: Page<'_>, imports: &mut Imports, body: &mut Source) {
    let mut lists = Vec::new();
    for other in page.all {
        let pointing: Vec<&Field> = other
            .entity
            .fields
            .iter()
            .filter(|field| matches!(shape(page.model, field), Shape::Reference(target) if target.name == page.names.entity.name))
            .collect();
        for field in &pointing {
            let title = if pointing.len() == 1 {
                other.entity.label_plural.clone()
            } else {
                format!("{} ({})", other.entity.label_plural, field.label)
            };
            lists.push((other, *field, title));
        }
    }
    if lists.is_empty() {
        return;
    }
    imports.add("@/components/related-rows", "RelatedRows");
    body.open("related={(row) => (").open("<>");
    for (other, field, title) in lists {
        imports.add(&other.module(), &other.definition());
        body.open("<RelatedRows");
        body.line(format!("entity={{{}}}", other.definition()));
        body.line(format!("repo={{repos.{}}}", other.entity.name));
        body.line(attribute("title", &title));
        // Attributes cannot hold two braces in a row in a template, but this is no template.
        body.line(format!(
            "where={{{{ field: {}, id: row.id }}}}",
            ts(&field.name)
        ));
        body.close("/>");
    }
    body.close("</>").close(")}");
}

/// `src/pages/OrderForm.tsx`.
pub(super) fn create(page: Page<'_>) -> String {
    let Page { names, screen, .. } = page;
    let name = &names.entity.name;
    let mut imports = form_imports(names, "CreatePage");
    imports.add(&form_module(names), "emptyValues");
    let mut body = Source::default();
    body.line(format!("/** {} */", page.heading("a new record")));
    body.open(format!("export default function {}() {{", screen.component));
    body.line("const repos = useRepos();");
    body.open("return (").open("<CreatePage");
    body.line(format!("entity={{{}}}", names.definition()))
        .line(format!("repo={{repos.{name}}}"));
    body.line(attribute("title", &screen.name))
        .line("empty={emptyValues}");
    body.line(format!(
        "fields={{(form) => <{name}Fields form={{form}} />}}"
    ));
    body.close("/>").close(");").close("}");
    format!("{}{}", imports.print(), body.finish())
}

/// `src/pages/OrderEdit.tsx`.
pub(super) fn edit(page: Page<'_>) -> String {
    let Page { names, screen, .. } = page;
    let name = &names.entity.name;
    let mut imports = form_imports(names, "EditPage");
    imports.add(&form_module(names), "toValues");
    let mut body = Source::default();
    body.line(format!("/** {} */", page.heading("changes a record")));
    body.open(format!("export default function {}() {{", screen.component));
    body.line("const repos = useRepos();");
    body.open("return (").open("<EditPage");
    body.line(format!("entity={{{}}}", names.definition()))
        .line(format!("repo={{repos.{name}}}"));
    body.line("toValues={toValues}");
    body.line(format!(
        "fields={{(form) => <{name}Fields form={{form}} />}}"
    ));
    body.close("/>").close(");").close("}");
    format!("{}{}", imports.print(), body.finish())
}

fn form_imports(names: &Names<'_>, frame: &str) -> Imports {
    let mut imports = Imports::default();
    imports
        .add("@/components/form-page", frame)
        .add("@/data/services", "useRepos");
    imports.add(&names.module(), &names.definition());
    imports.add(&form_module(names), &format!("{}Fields", names.entity.name));
    imports
}

fn form_module(names: &Names<'_>) -> String {
    format!("@/components/forms/{}-fields", names.file)
}

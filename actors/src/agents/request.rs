//! From a call's normalised arguments to the embedded agents' request.
//!
//! Invariant: every content argument reaches the text, as a labelled Markdown section, so that artifacts can quote it.

use std::fmt::Write as _;

use aios_blueprint::Request;
use serde_json::Value;

/// Content arguments, with the heading under which they are read.
const SECTIONS: [(&str, &str); 17] = [
    ("description", "Description"),
    ("context", "Context"),
    ("market_context", "Market context"),
    ("target_segments", "Target segments"),
    ("key_problems", "Key problems"),
    ("success_metrics", "Success metrics"),
    ("constraints", "Constraints"),
    ("requirements", "Requirements"),
    ("architecture", "Architecture"),
    ("ux_spec", "UX specification"),
    ("user_flows", "User flows"),
    ("page_structure", "Pages"),
    ("accessibility_requirements", "Accessibility requirements"),
    ("target_files", "Target files"),
    ("template", "Template"),
    ("tech_stack", "Technology"),
    ("notes", "Notes"),
];

/// The request that `arguments` describe.
pub fn request(arguments: &Value) -> Request {
    let text = |key: &str| {
        arguments
            .get(key)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let design = |key: &str| {
        let preferences = arguments.get("design_preferences")?;
        preferences
            .get(key)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let mut sections = Vec::new();
    for (key, heading) in SECTIONS {
        let Some(value) = arguments.get(key) else {
            continue;
        };
        let domain = domain(value);
        let markdown = if domain.is_empty() {
            markdown(value)
        } else {
            markdown(&without_domain(value))
        };
        if !markdown.trim().is_empty() {
            sections.push((heading.to_owned(), markdown));
        }
        // A section of its own: under "Architecture" the reader looks for technology, not for entities.
        if !domain.is_empty() {
            sections.push(("Domain model".to_owned(), domain));
        }
    }
    Request {
        spec: text("spec").unwrap_or_default(),
        product_name: text("product_name"),
        sections,
        stack_preference: text("stack_preference").or_else(|| text("framework")),
        style_preference: text("style_preference").or_else(|| design("style")),
        primary_color: design("primary_color"),
        secondary_color: design("secondary_color"),
        font_family: design("font_family"),
        radius: design("radius"),
        language: text("language"),
    }
}

fn words(key: &str) -> String {
    let mut text = key.replace(['_', '-'], " ");
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// The domain of an inline architecture or requirements object, as the lists that the reader knows: entities with their
/// fields, then what belongs to what.
fn domain(value: &Value) -> String {
    let mut out = String::new();
    let model = value.get("data_model").unwrap_or(value);
    let entities = [model.get("entities"), value.get("domainModel")];
    let entities: Vec<_> = entities
        .into_iter()
        .flatten()
        .filter_map(Value::as_array)
        .flatten()
        .collect();
    for entity in entities {
        let fields = entity
            .get("fields")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let names =
            fields.filter_map(|field| field.get("name").and_then(Value::as_str).or(field.as_str()));
        let fields = names
            .filter(|name| *name != "id")
            .map(words)
            .collect::<Vec<_>>()
            .join(", ");
        if let Some(name) = entity.get("name").and_then(Value::as_str) {
            let _ = writeln!(out, "- **{}**: {fields}", line(&Value::from(name)));
        }
    }
    let relations = [model.get("relationships"), value.get("relations")];
    for relation in relations
        .into_iter()
        .flatten()
        .filter_map(Value::as_array)
        .flatten()
    {
        let part = |key| relation.get(key).and_then(Value::as_str);
        let (Some(from), Some(to)) = (part("from"), part("to")) else {
            continue;
        };
        let sentence = match part("type") {
            Some("many-to-one") => format!("Each {from} belongs to one {to}."),
            Some("many-to-many") => format!("{from} and {to} are many-to-many."),
            _ => format!("Each {from} has many {to}."),
        };
        let _ = writeln!(out, "\n{sentence}");
    }
    out
}

/// The rest of an object of which [`domain`] was read.
fn without_domain(value: &Value) -> Value {
    let mut rest = value.clone();
    if let Some(members) = rest.as_object_mut() {
        for key in [
            "data_model",
            "entities",
            "relationships",
            "domainModel",
            "relations",
        ] {
            members.shift_remove(key);
        }
    }
    rest
}

/// A JSON value as Markdown: texts as they are, lists as bullets, objects as labelled bullets.
fn markdown(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Null => {}
        Value::String(text) => out.push_str(text),
        Value::Array(items) => {
            for item in items {
                let _ = writeln!(out, "- {}", line(item));
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                match member {
                    Value::Array(items) => {
                        let _ = writeln!(out, "- {}:", words(key));
                        for item in items {
                            let _ = writeln!(out, "  - {}", line(item));
                        }
                    }
                    other => {
                        let _ = writeln!(out, "- {}: {}", words(key), line(other));
                    }
                }
            }
        }
        other => out.push_str(&other.to_string()),
    }
    out
}

/// A JSON value on one line.
fn line(value: &Value) -> String {
    match value {
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Array(items) => items.iter().map(line).collect::<Vec<_>>().join(", "),
        Value::Object(members) => {
            let part = |(key, member): (&String, &Value)| match key.as_str() {
                "id" | "title" | "name" | "description" => line(member),
                _ => format!("{}: {}", words(key), line(member)),
            };
            members.iter().map(part).collect::<Vec<_>>().join("; ")
        }
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_inline_data_model_is_read_as_entities() {
        let request = request(&json!({
            "spec": "A fleet",
            "architecture": {
                "stack": { "frontend": "React" },
                "data_model": {
                    "entities": [{ "name": "Zeppelin", "fields": [{ "name": "id" }, { "name": "max_altitude" }] }],
                    "relationships": [{ "from": "Zeppelin", "to": "Flight", "type": "one-to-many" }],
                },
            },
        }));
        let (heading, text) = &request.sections[1];
        assert_eq!(heading, "Domain model");
        assert!(text.contains("- **Zeppelin**: Max altitude"), "{text}");
        assert!(text.contains("Each Zeppelin has many Flight."), "{text}");
        let model = aios_blueprint::model(&request, &aios_blueprint::Meter::default()).unwrap();
        assert!(model.entity("Zeppelin").is_some(), "{:?}", model.entities);
    }

    #[test]
    fn content_arguments_become_sections() {
        let request = request(&json!({
            "spec": "A shop",
            "target_segments": ["students", "teachers"],
            "context": { "target_audience": "schools", "budget_tier": "startup" },
            "design_preferences": { "primary_color": "#112233", "style": "playful" },
        }));
        let expected = [
            (
                "Context",
                "- Target audience: schools\n- Budget tier: startup\n",
            ),
            ("Target segments", "- students\n- teachers\n"),
        ];
        let expected = expected.map(|(heading, text)| (heading.to_owned(), text.to_owned()));
        assert_eq!(request.sections, expected);
        assert_eq!(request.primary_color.as_deref(), Some("#112233"));
        assert_eq!(request.style_preference.as_deref(), Some("playful"));
    }
}

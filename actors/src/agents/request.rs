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
    let sections = SECTIONS.iter().filter_map(|(key, heading)| {
        let markdown = markdown(arguments.get(*key)?);
        (!markdown.trim().is_empty()).then(|| ((*heading).to_owned(), markdown))
    });
    Request {
        spec: text("spec").unwrap_or_default(),
        product_name: text("product_name"),
        sections: sections.collect(),
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

//! Views of stored artifacts in the shapes that callers of both generations know.
//!
//! Invariant: a view only selects and renames; what the artifact does not say is `null`, never invented.

use serde_json::{Map, Value, json};

/// `requirements.json` as the compact object, the strategy and the PRD.
pub(super) fn strategy(full: &Value) -> Map<String, Value> {
    let requirements = json!({
        "functional": each(&full["functional"], |fr| json!({
            "id": fr["id"], "title": fr["title"], "description": fr["description"],
            "priority": moscow(fr),
        })),
        "non_functional": each(&full["nonFunctional"], |nfr| json!({
            "id": nfr["id"], "description": nfr["description"], "category": nfr["category"],
        })),
        "constraints": each(&full["constraints"], |constraint| json!({
            "id": constraint["id"], "description": constraint["description"],
        })),
    });
    let mut object = Map::new();
    object.insert("strategy_summary".to_owned(), summary(full).into());
    if let Some(result) = full["complexity"]["result"].as_str() {
        object.insert(
            "estimated_complexity".to_owned(),
            result.to_lowercase().into(),
        );
    }
    object.insert("requirements".to_owned(), requirements);
    object.insert("strategy".to_owned(), older_strategy(full));
    object.insert("prd".to_owned(), older_prd(full));
    object
}

fn summary(full: &Value) -> String {
    let count = |name: &str| full[name].as_array().map_or(0, Vec::len);
    let vision = full["product"]["vision"].as_str().unwrap_or_default();
    format!(
        "{vision} {} functional and {} non-functional requirements, {} constraints, {} open questions.",
        count("functional"),
        count("nonFunctional"),
        count("constraints"),
        count("openQuestions")
    )
    .trim()
    .to_owned()
}

fn older_strategy(full: &Value) -> Value {
    let of_priority = |wanted: &str| -> Value {
        let all = full["functional"].as_array().into_iter().flatten();
        all.filter(|fr| fr["priority"] == wanted)
            .map(|fr| {
                fr.get("title")
                    .unwrap_or_else(|| &fr["description"])
                    .clone()
            })
            .collect()
    };
    json!({
        "product_vision": full["product"]["vision"],
        "target_segments": each(&full["personas"], |persona| json!({
            "segment": persona["name"], "size": null, "growth": null,
        })),
        "positioning": {
            "unique_value_prop": full["product"]["problem"],
            "competitive_advantage": null,
            "market_positioning": null,
        },
        "roadmap": {
            "phase_1_3months": of_priority("P0"),
            "phase_2_6months": of_priority("P1"),
            "phase_3_12months": of_priority("P2"),
        },
    })
}

fn older_prd(full: &Value) -> Value {
    json!({
        "title": full["product"]["name"],
        "version": full["schemaVersion"],
        "created_at": full["gatheredAt"],
        "overview": {
            "product_name": full["product"]["name"],
            "description": full["product"]["vision"],
            "target_users": each(&full["personas"], |persona| persona["name"].clone()),
        },
        "functional_requirements": each(&full["functional"], |fr| json!({
            "id": fr["id"], "category": fr["feature"], "requirement": fr["description"],
            "priority": fr["priority"],
        })),
        "non_functional_requirements": each(&full["nonFunctional"], |nfr| json!({
            "id": nfr["id"], "requirement": nfr["description"], "priority": null,
        })),
        "success_metrics": each(&full["successMetrics"], |metric| metric["metric"].clone()),
    })
}

fn moscow(fr: &Value) -> Value {
    match (fr["moscow"].as_str(), fr["priority"].as_str()) {
        (Some(word), _) => word.into(),
        (None, Some("P0")) => "must".into(),
        (None, Some("P1")) => "should".into(),
        (None, Some(_)) => "could".into(),
        _ => Value::Null,
    }
}

/// The strategy as Markdown, for callers of the older generation.
pub(super) fn strategy_markdown(full: &Value) -> String {
    let strategy = older_strategy(full);
    let name = full["product"]["name"].as_str().unwrap_or("Product");
    let mut text = format!("# {name}\n\n{}\n", summary(full));
    for (heading, key) in [
        ("First", "phase_1_3months"),
        ("Next", "phase_2_6months"),
        ("Later", "phase_3_12months"),
    ] {
        let items: Vec<_> = strategy["roadmap"][key]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        if !items.is_empty() {
            text.push_str(&["\n## ", heading, "\n\n- ", &items.join("\n- "), "\n"].concat());
        }
    }
    text
}

/// `ux-spec.json` as the object itself, the design system, the wireframes and the accessibility rules.
pub(super) fn ux(full: Value) -> Map<String, Value> {
    let tokens = &full["design_tokens"];
    let design_system = json!({
        "typography": tokens["typography"],
        "colors": tokens["colors"],
        "spacing": tokens["spacing"],
        "shadows": tokens["shadows"],
        "components": each(&full["components"], |component| component["name"].clone()),
    });
    let wireframes = each(
        &full["pages"],
        |page| json!({ "page": page["name"], "layout": page["layout"], "key_elements": page["components"] }),
    );
    let mut object = Map::new();
    object.insert("design_system".to_owned(), design_system);
    object.insert("wireframes".to_owned(), wireframes);
    let guidelines = each(&full["accessibility_guidelines"], Clone::clone);
    object.insert("accessibility_guidelines".to_owned(), guidelines);
    object.insert("ux_spec".to_owned(), full);
    object
}

/// `code.json` as files, dependencies and instructions. `content` is asked for each path.
pub(super) fn code(
    full: &Value,
    mut content: impl FnMut(&str) -> Option<String>,
) -> Map<String, Value> {
    let files = each(&full["files"], |file| {
        let mut object = json!({
            "path": file["path"], "language": file["language"], "bytes": file["bytes"],
        });
        if let Some(content) = file["path"].as_str().and_then(&mut content) {
            object["content"] = content.into();
        }
        object
    });
    let mut manifest = full.clone();
    if let Some(members) = manifest.as_object_mut() {
        for listed in ["files", "dependencies", "setup_instructions"] {
            members.shift_remove(listed);
        }
    }
    let mut object = Map::new();
    object.insert("files".to_owned(), files);
    object.insert("manifest".to_owned(), manifest);
    object.insert("dependencies".to_owned(), full["dependencies"].clone());
    object.insert(
        "setup_instructions".to_owned(),
        full["setup_instructions"].clone(),
    );
    object.retain(|_, value| !value.is_null());
    object
}

fn each(list: &Value, mut view: impl FnMut(&Value) -> Value) -> Value {
    list.as_array()
        .into_iter()
        .flatten()
        .map(&mut view)
        .collect()
}

//! Every answer fits the schemas, full and advertised.
//!
//! Invariant: a shape that a client could reject does not pass here.

use std::time::Duration;

use aios_actors::base::entropy::SeededEntropy;
use aios_actors::base::error::ErrorCode;
use aios_actors::base::ids::{ArtifactId, JobId, KeyId};
use aios_actors::base::time::Timestamp;
use aios_actors::domain::artifact::{ArtifactRow, Place};
use aios_actors::domain::job::{Attempt, Failure, JobEvent, JobMachine, JobPolicy};
use aios_actors::domain::record::{JobRecord, StepUsage};
use aios_actors::domain::retry::RetryPolicy;
use aios_actors::engine::BlockedBy;

use super::*;
use crate::wire::arguments::{ArtifactCall, Delivery, Format};
use crate::wire::schemas;
use crate::wire::tools::TOOLS;

const NOW: Timestamp = Timestamp::from_unix_ms(1_763_690_000_000);

fn record(tool: &str, steps: &[&str], events: Vec<JobEvent>) -> JobRecord {
    let policy = JobPolicy {
        retry: RetryPolicy::default(),
        pipeline_timeout: Duration::from_mins(40),
        crashes_max: 3,
    };
    // Through its stored form: fields with defaults may come.
    let mut record: JobRecord = serde_json::from_value(json!({
        "format": 1,
        "id": JobId::new(NOW, &SeededEntropy::new(1)),
        "workspace": "w",
        "key": KeyId::new(NOW, &SeededEntropy::new(2)),
        "tool": tool,
        "revision": 1,
        "epoch": 1,
        "created_at": NOW,
        "updated_at": NOW,
        "machine": JobMachine::new(steps),
        "warnings": ["`tech_stack` was read as `stack_preference`"],
        "events_count": 0,
    }))
    .unwrap();
    for event in events {
        let change = record.machine.on(event, NOW, &policy).unwrap();
        record = record.advanced(&change, 1, NOW);
    }
    record
}

fn at(step: u8) -> Attempt {
    Attempt { step, number: 1 }
}

fn finished(tool: &str, step: &str, names: &[&str]) -> JobRecord {
    let events = vec![JobEvent::Started, JobEvent::StepDone(at(0))];
    let mut record = record(tool, &[step], events);
    record.artifacts = names
        .iter()
        .map(|name| ArtifactRow {
            id: ArtifactId::new(NOW, &SeededEntropy::new(3)),
            name: (*name).to_owned(),
            step: step.to_owned(),
            media_type: match name.rsplit('.').next() {
                Some("json") => "application/json",
                Some("zip") => "application/zip",
                _ => "text/markdown",
            }
            .to_owned(),
            bytes: 10,
            sha256: "00".to_owned(),
            created_at: NOW,
            internal: false,
            place: Place::Journal,
        })
        .collect();
    record.expires_at = Some(NOW);
    let (engine, provider) = ("embedded".to_owned(), "embedded".to_owned());
    record.usage = vec![StepUsage {
        step: step.to_owned(),
        engine,
        provider,
        cached: false,
    }];
    record
}

fn fits(tool: &str, answer: &ToolAnswer) {
    let structured = Value::Object(answer.structured.clone().unwrap());
    let full = serde_json::from_str(schemas::full(&format!("{tool}.output")).unwrap()).unwrap();
    let list: Value = serde_json::from_slice(&schemas::tools_list()).unwrap();
    let listed = list["tools"].as_array().unwrap();
    let lean = &listed.iter().find(|listed| listed["name"] == tool).unwrap()["outputSchema"];
    for schema in [&full, lean] {
        let validator = jsonschema::validator_for(schema).unwrap();
        let problems: Vec<_> = validator
            .iter_errors(&structured)
            .map(|e| format!("{e} at {}", e.instance_path()))
            .collect();
        assert!(problems.is_empty(), "{tool}: {problems:?}\n{structured:#}");
    }
    assert!(structured["artifacts"].as_array().is_some());
}

fn blocked() -> BlockedBy {
    BlockedBy {
        kind: "permit",
        detail: "x".to_owned(),
        until: Some(NOW),
        position: Some(3),
    }
}

#[test]
fn every_state_of_a_job_fits_the_status_schema() {
    let error = PublicError::new(ErrorCode::AgentFailure, "no");
    let failure = Failure {
        error,
        retryable: false,
    };
    let failed = JobEvent::StepFailed {
        at: at(1),
        failure: failure.clone(),
        jitter: 0.5,
    };
    let retried = JobEvent::StepFailed {
        at: at(0),
        failure: Failure {
            retryable: true,
            ..failure
        },
        jitter: 0.5,
    };
    let (start, done) = (JobEvent::Started, JobEvent::StepDone(at(0)));
    let table = [
        (vec![], "queued", "queued"),
        (vec![start.clone()], "running", "processing"),
        (vec![start.clone(), retried], "running", "processing"),
        (
            vec![start.clone(), done.clone(), failed],
            "failed",
            "failed",
        ),
        (
            vec![start.clone(), done.clone(), JobEvent::Cancel],
            "cancelled",
            "cancelled",
        ),
        (
            vec![start.clone(), JobEvent::DeadlinePassed],
            "timeout",
            "failed",
        ),
        (
            vec![start, done, JobEvent::StepDone(at(1))],
            "completed",
            "completed",
        ),
    ];
    for (events, word, rest_word) in table {
        let record = record("aios_full_pipeline", &["strategy", "architecture"], events);
        for tool in ["aios_get_status", "aios_cancel_job"] {
            let answer = job::status_answer(&record, Some(&blocked()), Some(0));
            fits(tool, &answer);
            let structured = answer.structured.unwrap();
            assert_eq!(structured["status"], word);
            assert_eq!(structured["phases"].as_object().unwrap().len(), 2);
            assert_eq!(job::rest_status_word(record.state()), rest_word);
        }
        fits("aios_full_pipeline", &agent::accepted(&record, None, 15));
    }
}

fn contents(name: &str, value: &Value) -> agent::Contents {
    let markdown = format!("{}.md", name.trim_end_matches(".json"));
    vec![
        (name.to_owned(), value.to_string().into()),
        (markdown, "# Text".into()),
    ]
}

#[test]
fn requirements_are_projected_for_both_generations() {
    let full = json!({"schemaVersion": "1.0", "gatheredAt": "2026-11-21T00:00:00Z",
        "product": {"name": "Quiz", "vision": "Learn by asking."},
        "personas": [{"id": "PER-1", "name": "Pupil"}],
        "functional": [{"id": "FR-1", "title": "Play", "description": "Plays", "priority": "P0"}],
        "nonFunctional": [{"id": "NFR-1", "category": "security", "description": "Safe"}],
        "constraints": [{"id": "CON-1", "description": "EU"}],
        "complexity": {"result": "SIMPLE"}});
    let record = finished("aios_strategize", "strategy", &["requirements.json"]);
    let contents = contents("requirements.json", &full);
    let answer = agent::answer(&record, None, &contents, Delivery::Manifest);
    fits("aios_strategize", &answer);
    let structured = Value::Object(answer.structured.unwrap());
    assert_eq!(
        structured["requirements"]["functional"][0]["priority"],
        "must"
    );
    assert_eq!(
        structured["requirements"]["non_functional"][0]["category"],
        "security"
    );
    assert_eq!(structured["estimated_complexity"], "simple");
    assert_eq!(
        structured["strategy"]["target_segments"][0]["segment"],
        "Pupil"
    );
    assert!(structured["strategy"]["positioning"]["competitive_advantage"].is_null());
    assert_eq!(
        structured["prd"]["functional_requirements"][0]["priority"],
        "P0"
    );
    assert_eq!(structured["prd_markdown"], "# Text");
    assert!(
        structured["strategy_markdown"]
            .as_str()
            .unwrap()
            .contains("- Play")
    );
}

#[test]
fn ux_and_architecture_and_code_fit_their_schemas() {
    let ux = json!({"pages": [{"name": "Home", "layout": "single", "components": ["Hero"]}],
        "design_tokens": {"colors": {"primary": "#000000"}, "typography": {}, "spacing": {}},
        "components": [{"name": "Hero", "level": "organism"}],
        "accessibility_guidelines": ["Contrast"]});
    let record = finished("aios_design_ux", "ux", &["ux-spec.json"]);
    let answer = agent::answer(
        &record,
        None,
        &contents("ux-spec.json", &ux),
        Delivery::Manifest,
    );
    fits("aios_design_ux", &answer);
    assert_eq!(
        answer.structured.unwrap()["wireframes"][0]["key_elements"][0],
        "Hero"
    );

    let record = finished(
        "aios_design_architecture",
        "architecture",
        &["architecture.json"],
    );
    let contents = contents(
        "architecture.json",
        &json!({"stack": {"frontend": "React"}}),
    );
    let answer = agent::answer(&record, None, &contents, Delivery::Manifest);
    fits("aios_design_architecture", &answer);

    let code = json!({"framework": "vite-react", "files": [{"path": "src/a.ts", "bytes": 6}],
        "dependencies": {"production": {}}, "setup_instructions": "run"});
    let archive = crate::wire::archive::tests::zip_of(&[("src/a.ts", "let a;")]);
    let contents = vec![
        ("code.json".to_owned(), Bytes::from(code.to_string())),
        ("code.zip".to_owned(), archive.into()),
    ];
    let record = finished("aios_generate_code", "code", &["code.json", "code.zip"]);
    for (delivery, content) in [
        (Delivery::Inline, json!("let a;")),
        (Delivery::Zip, Value::Null),
    ] {
        let answer = agent::answer(&record, None, &contents, delivery);
        fits("aios_generate_code", &answer);
        assert_eq!(answer.structured.unwrap()["files"][0]["content"], content);
    }
}

#[test]
fn large_results_give_way_to_their_links() {
    let record = finished(
        "aios_design_architecture",
        "architecture",
        &["architecture.json"],
    );
    for (object, text, expected) in [
        (10, 90_000, json!(["architecture_markdown"])),
        (90_000, 10, json!(["architecture_markdown", "architecture"])),
    ] {
        let contents = vec![
            (
                "architecture.json".to_owned(),
                json!({"x": "y".repeat(object)}).to_string().into(),
            ),
            ("architecture.md".to_owned(), Bytes::from("z".repeat(text))),
        ];
        let answer = agent::answer(&record, None, &contents, Delivery::Manifest);
        fits("aios_design_architecture", &answer);
        let rendered = answer.render(Version::LEGACY_LATEST);
        assert!(rendered.len() < STRUCTURED_BYTES_MAX + SUMMARY_BYTES_MAX + 2_048);
        assert_eq!(answer.structured.unwrap()["truncated"], expected);
    }
}

#[test]
fn artifacts_are_planned_and_read_in_parts() {
    let record = finished("aios_generate_code", "code", &["code.json", "code.zip"]);
    let call = |kind, format, path: Option<&str>| ArtifactCall {
        job: record.id,
        kind,
        format,
        path: path.map(str::to_owned),
        offset: 0,
        max_bytes: 4,
    };
    let plan_of = |call: &ArtifactCall| artifact::plan(&record, call);
    let all = call("all", Format::Json, None);
    let index = plan_of(&all).unwrap();
    assert_eq!(index, artifact::Plan::Index);
    fits(
        "aios_get_artifact",
        &artifact::without_content(&record, &all, &index),
    );
    let zip = call("code_files", Format::Zip, None);
    let link = plan_of(&zip).unwrap();
    assert!(matches!(link, artifact::Plan::Link(_)));
    fits(
        "aios_get_artifact",
        &artifact::without_content(&record, &zip, &link),
    );
    let wrong = plan_of(&call("code", Format::Markdown, None)).unwrap_err();
    assert_eq!(wrong.field.as_deref(), Some("format"));

    let json_call = call("code", Format::Json, None);
    let Ok(artifact::Plan::Content(row)) = plan_of(&json_call) else {
        panic!("content")
    };
    let answer = artifact::with_content(&record, &json_call, &row, "äöü{}".as_bytes());
    fits("aios_get_artifact", &answer);
    let structured = answer.structured.unwrap();
    assert_eq!(
        (&structured["content"], &structured["next_offset"]),
        (&json!("äö"), &json!(4))
    );

    let archive = crate::wire::archive::tests::zip_of(&[
        ("src/a.ts", "let a;"),
        ("src/b.ts", "b"),
        ("c", ""),
    ]);
    let member = call("code", Format::Json, Some("src/a.ts"));
    let answer = artifact::with_member(&record, &member, "src/a.ts", &archive).unwrap();
    fits("aios_get_artifact", &answer);
    assert_eq!(answer.structured.unwrap()["content"], "let ");
    let answer = artifact::with_member(&record, &member, "src/", &archive).unwrap();
    fits("aios_get_artifact", &answer);
    assert_eq!(answer.structured.unwrap()["next_offset"], 1);
    assert!(artifact::with_member(&record, &member, "x", &archive).is_err());
    assert!(artifact::with_member(&record, &member, "x/", &archive).is_err());
}

#[test]
fn what_is_not_made_is_refused_with_what_there_is() {
    let record = finished("aios_generate_code", "code", &["code.json", "code.zip"]);
    let call = |kind, format, path: Option<&str>| ArtifactCall {
        job: record.id,
        kind,
        format,
        path: path.map(str::to_owned),
        offset: 0,
        max_bytes: 4,
    };
    let plan_of = |call: &ArtifactCall| artifact::plan(&record, call);
    let missing = plan_of(&call("ux", Format::Json, None)).unwrap_err();
    assert_eq!(missing.code, ErrorCode::InvalidInput);
    assert_eq!(missing.field.as_deref(), Some("type"));
    assert!(
        missing
            .message
            .contains("code.json (code), code.zip (code)")
    );
    let bundle = call("all", Format::Zip, None);
    assert!(matches!(plan_of(&bundle), Ok(artifact::Plan::Bundle(rows)) if rows.len() == 2));
    fits(
        "aios_get_artifact",
        &artifact::with_bundle(&record, &bundle, 7),
    );
    for kind in ["wireframes", "architecture"] {
        let wrong = plan_of(&call(kind, Format::Zip, None)).unwrap_err();
        assert_eq!(wrong.field.as_deref(), Some("format"), "{kind}");
        assert!(wrong.message.contains("there is"), "{}", wrong.message);
    }
    let wrong = plan_of(&call("ux", Format::Json, Some("a"))).unwrap_err();
    assert_eq!(wrong.field.as_deref(), Some("path"));
}

#[test]
fn only_what_can_still_come_is_not_ready() {
    let events = vec![JobEvent::Started, JobEvent::StepDone(at(0))];
    let record = record("aios_full_pipeline", &["strategy", "architecture"], events);
    let plan_of = |kind, format| {
        let call = ArtifactCall {
            job: record.id,
            kind,
            format,
            path: None,
            offset: 0,
            max_bytes: 4,
        };
        artifact::plan(&record, &call).unwrap_err()
    };
    for (kind, format, code) in [
        ("architecture", Format::Json, ErrorCode::ArtifactNotReady),
        ("all", Format::Zip, ErrorCode::ArtifactNotReady),
        ("strategy", Format::Json, ErrorCode::InvalidInput),
        ("ux", Format::Json, ErrorCode::InvalidInput),
        ("code", Format::Zip, ErrorCode::InvalidInput),
    ] {
        let error = plan_of(kind, format);
        assert_eq!(error.code, code, "{kind}: {}", error.message);
    }
}

#[test]
fn text_and_data_say_one_status_and_the_last_event() {
    let record = record("aios_full_pipeline", &["strategy"], vec![]);
    let answer = agent::accepted(&record, None, 15);
    assert!(answer.text.contains("): running, "), "{}", answer.text);
    assert_eq!(answer.structured.unwrap()["status"], "running");
    let record = finished("aios_strategize", "strategy", &[]);
    for since in [None, Some(0)] {
        let status = job::status(&record, None, since);
        assert_eq!(status["last_event_seq"], record.events_count);
        assert!(record.events_count > 0);
    }
}

#[test]
fn a_call_that_joins_hears_what_became_of_its_wishes() {
    let record = finished("aios_strategize", "strategy", &[]);
    let mut structured = Map::new();
    let own = vec![record.warnings[0].clone(), "mine".to_owned()];
    job::say_joined(&mut structured, &record, (own, Some("https://a.example")));
    let warnings = structured["warnings"].as_array().unwrap();
    assert_eq!(warnings.len(), 3);
    assert_eq!(warnings[1], "mine");
    assert!(warnings[2].as_str().unwrap().contains("webhook_url"));
}

#[test]
fn links_are_text_before_2025_06_18_and_errors_carry_json_text() {
    let record = finished("aios_strategize", "strategy", &["requirements.json"]);
    let answer = agent::answer(&record, None, &Vec::new(), Delivery::Manifest);
    for (version, kind) in [
        (Version::V2025_03_26, "text"),
        (Version::V2025_06_18, "resource_link"),
    ] {
        let object: Value = serde_json::from_slice(&answer.render(version)).unwrap();
        assert_eq!(object["content"][1]["type"], kind);
        assert_eq!(object["isError"], false);
    }
    let error = ToolAnswer::error(&PublicError::invalid("spec", "must not be empty"));
    let object: Value = serde_json::from_slice(&error.render(Version::MODERN)).unwrap();
    assert!(object.get("structuredContent").is_none());
    let inner: Value =
        serde_json::from_str(object["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(inner["error"]["code"], "INVALID_INPUT");
    assert_eq!(inner["error"]["details"]["field"], "spec");
}

#[test]
fn every_advertised_argument_is_one_that_is_read() {
    use crate::wire::arguments::fields::{CONTENT, EXECUTION, PHASE_LIST};
    let known: Vec<_> = CONTENT
        .iter()
        .chain(EXECUTION)
        .chain([&PHASE_LIST])
        .map(|f| f.name)
        .collect();
    for tool in TOOLS.iter().filter(|tool| tool.creates_work()) {
        let schema: Value = serde_json::from_str(tool.input).unwrap();
        for name in schema["properties"].as_object().unwrap().keys() {
            assert!(
                known.contains(&name.as_str()) || name == "framework",
                "{} {name}",
                tool.name
            );
        }
    }
}

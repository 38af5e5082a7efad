//! Tables for both generations of arguments.
//!
//! Invariant: each line is a promise to a caller; none may be dropped without a line in the change log.

use std::time::Duration;

use aios_actors::base::error::{ErrorCode, PublicError};
use serde_json::{Value, json};

use super::*;
use crate::wire::tools::find;

const JOB: &str = "job_01jdcv6tqw9g0wsx5t1r6zq8ab";

fn agent(tool: &str, arguments: &Value) -> Result<AgentCall, PublicError> {
    AgentCall::read(
        find(tool).unwrap(),
        object(Some(&arguments.to_string())).unwrap(),
    )
}

#[test]
fn both_generations_give_the_same_arguments() {
    let table = [
        (
            "aios_strategize",
            json!({"product_name": "Quiz", "description": "A quiz app.", "key_problems": ["x"]}),
            json!({"spec": "# Quiz\n\nA quiz app.", "product_name": "Quiz", "key_problems": ["x"]}),
        ),
        (
            "aios_design_ux",
            json!({"product_name": "Quiz", "design_preferences":
                {"style": "minimal", "primary_color": "#AbC"}}),
            json!({"spec": "# Quiz", "product_name": "Quiz", "style_preference": "minimal",
                "design_preferences": {"primary_color": "#aabbcc"}}),
        ),
        (
            "aios_full_pipeline",
            json!({"spec": "s", "tech_stack": "vite-react", "phases": ["code", "design"]}),
            json!({"spec": "s", "stack_preference": "vite-react", "phases": ["ux", "code"]}),
        ),
        (
            "aios_generate_code",
            json!({"spec": "s", "framework": "nextjs-react"}),
            json!({"spec": "s", "stack_preference": "nextjs-react"}),
        ),
        (
            "aios_generate_code",
            json!({"framework": "a", "stack_preference": "b", "spec": "s"}),
            json!({"spec": "s", "stack_preference": "a"}),
        ),
        (
            "aios_design_architecture",
            json!({"spec": "s", "framework": "a", "stack_preference": "b",
                "constraints": {"timeline": "4 weeks", "hosting": "EU", "platforms": "web"}}),
            json!({"spec": "s", "constraints": {"timeline": "4 weeks", "platforms": ["web"],
                "hosting": "EU"}, "stack_preference": "b"}),
        ),
    ];
    for (tool, given, expected) in table {
        let call = agent(tool, &given).unwrap();
        assert_eq!(
            Value::Object(call.arguments).to_string(),
            expected.to_string(),
            "{given}"
        );
    }
}

#[test]
fn what_was_mapped_or_ignored_is_said() {
    let given = json!({"product_name": "Q", "description": "d", "tech_stack": "t", "colour": 1,
        "context": {"budget_tier": "startup", "mood": 3}, "limits": {"x": "y"}});
    let warnings = agent("aios_strategize", &given)
        .unwrap()
        .warnings
        .join("\n");
    for expected in [
        "`spec` was made from `product_name` and `description`",
        "`tech_stack` was read as `stack_preference`",
        "unknown field `colour` was ignored",
        "unknown field `context.mood` was ignored",
        "unknown field `limits.x` was ignored",
    ] {
        assert!(warnings.contains(expected), "{expected} in {warnings}");
    }
}

#[test]
fn every_content_argument_reaches_the_agents() {
    let given = json!({"spec": "s", "product_name": "p", "description": "d",
        "context": {"industry": "i"}, "constraints": {"budget": "b"}, "target_segments": ["t"],
        "key_problems": ["k"], "success_metrics": ["m"], "market_context": "c",
        "requirements": {"functional": []}, "architecture": {"stack": {}}, "ux_spec": {"pages": []},
        "user_flows": ["f"], "page_structure": ["g"], "accessibility_requirements": ["a"],
        "stack_preference": "x", "style_preference": "playful", "design_preferences": {"radius": "sm"},
        "target_files": ["src/**"], "template": "saas", "limits": {"max_tokens": 5000},
        "language": "pt-BR"});
    for tool in ["aios_strategize", "aios_generate_code"] {
        let call = agent(tool, &given).unwrap();
        assert_eq!(Value::Object(call.arguments), given);
        let unbuilt = ["target_files", "template", "limits"];
        assert_eq!(call.warnings.len(), unbuilt.len(), "{:?}", call.warnings);
        for (warning, name) in call.warnings.iter().zip(unbuilt) {
            assert!(warning.contains(name), "{warning}");
        }
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table")]
fn each_refusal_names_field_and_rule() {
    let long = "x".repeat(200_001);
    let table = [
        (json!({}), "spec", "required"),
        (json!({"spec": ""}), "spec", "empty"),
        (json!({"spec": " \n"}), "spec", "empty"),
        (json!({"spec": 7}), "spec", "string"),
        (json!({"spec": long}), "spec", "200000 characters"),
        (
            json!({"spec": "s", "context": {"budget_tier": "startp"}}),
            "context.budget_tier",
            "did you mean `startup`",
        ),
        (
            json!({"spec": "s", "constraints": {"platforms": ["web", "fax"]}}),
            "constraints.platforms[1]",
            "one of web",
        ),
        (
            json!({"spec": "s", "key_problems": vec!["x"; 51]}),
            "key_problems",
            "50 items",
        ),
        (
            json!({"spec": "s", "key_problems": [1]}),
            "key_problems[0]",
            "string",
        ),
        (
            json!({"spec": "s", "key_problems": {}}),
            "key_problems",
            "list",
        ),
        (
            json!({"spec": "s", "wait_seconds": 56}),
            "wait_seconds",
            "0 to 55",
        ),
        (
            json!({"spec": "s", "wait_seconds": -1}),
            "wait_seconds",
            "integer",
        ),
        (
            json!({"spec": "s", "wait_seconds": 1.5}),
            "wait_seconds",
            "integer",
        ),
        (
            json!({"spec": "s", "target_files": ["../x"]}),
            "target_files[0]",
            "relative",
        ),
        (
            json!({"spec": "s", "target_files": ["/x"]}),
            "target_files[0]",
            "relative",
        ),
        (
            json!({"spec": "s", "requirements": "text"}),
            "requirements",
            "object",
        ),
        (
            json!({"spec": "s", "design_preferences": {"primary_color": "blue"}}),
            "design_preferences.primary_color",
            "colour",
        ),
        (
            json!({"spec": "s", "style_preference": "playfull"}),
            "style_preference",
            "must be one of minimal, corporate, playful; did you mean `playful`?",
        ),
        (
            json!({"spec": "s", "target_files": vec!["a"; 51]}),
            "target_files",
            "50 items",
        ),
        (
            json!({"spec": "s", "language": "english!"}),
            "language",
            "language tag",
        ),
        (json!({"spec": "s", "from_job": "a/b"}), "from_job", "jobId"),
        (
            json!({"spec": "s", "idempotency_key": "a b"}),
            "idempotency_key",
            "ASCII",
        ),
        (
            json!({"spec": "s", "limits": {"max_cost_usd": "much"}}),
            "limits.max_cost_usd",
            "number",
        ),
    ];
    for (given, field, rule) in table {
        let error = agent("aios_strategize", &given).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidInput, "{field}");
        assert_eq!(error.field.as_deref(), Some(field));
        assert!(error.message.contains(rule), "{}", error.message);
    }
    for url in [
        "http://example.com",
        "ftp://x",
        "https://",
        "https://u:p@h/",
        "https://a b",
    ] {
        let error = agent("aios_strategize", &json!({"spec": "s", "webhook_url": url}));
        assert_eq!(
            error.unwrap_err().code,
            ErrorCode::InvalidWebhookUrl,
            "{url}"
        );
    }
    let phases = agent(
        "aios_full_pipeline",
        &json!({"spec": "s", "phases": ["stratgy"]}),
    );
    assert!(
        phases
            .unwrap_err()
            .message
            .contains("did you mean `strategy`")
    );
}

#[test]
fn what_does_nothing_yet_is_said() {
    let given = json!({"spec": "s", "webhook_url": "https://a.example/x", "delivery": "zip",
        "context": {"mood": "calm"}, "limits": {"fuel": 1},
        "design_preferences": {"dark_mode": true, "shape": "round", "style": "like a comic"}});
    let call = agent("aios_generate_code", &given).unwrap();
    let warnings = call.warnings.join("\n");
    for expected in [
        "webhook_url is kept, but deliveries are not sent in this version",
        "`delivery` zip is not supported yet",
        "`context.mood` is not a known field",
        "unknown field `limits.fuel` was ignored",
        "unknown field `design_preferences.shape` was ignored",
        "`design_preferences.dark_mode` is not supported yet",
        "`design_preferences.style` is read as free text",
    ] {
        assert!(warnings.contains(expected), "{expected} in {warnings}");
    }
    assert_eq!(call.arguments["context"]["mood"], "calm");
    assert_eq!(
        call.arguments["design_preferences"]["style"],
        "like a comic"
    );
}

#[test]
fn earlier_results_are_recognised_by_their_members() {
    let schemas = [
        (
            "requirements",
            fields::REQUIREMENTS,
            include_str!("../../../config/schemas/requirements.schema.json"),
        ),
        (
            "architecture",
            fields::ARCHITECTURE,
            include_str!("../../../config/schemas/architecture.schema.json"),
        ),
        (
            "ux_spec",
            fields::UX_SPEC,
            include_str!("../../../config/schemas/ux-spec.schema.json"),
        ),
    ];
    let about = [
        "$schema",
        "schemaVersion",
        "storyId",
        "gatheredAt",
        "gatheredBy",
        "elicitationVersion",
        "source",
        "complexity",
        "coverage",
    ];
    for (name, members, schema) in schemas {
        let schema: Value = serde_json::from_str(schema).unwrap();
        for member in schema["properties"].as_object().unwrap().keys() {
            assert!(
                about.contains(&member.as_str()) || members.contains(&member.as_str()),
                "{member}"
            );
        }
        for unreadable in [json!({}), json!({"foo": 1}), json!({name: {"foo": 1}})] {
            let error = agent(
                "aios_generate_code",
                &json!({"spec": "s", name: unreadable}),
            )
            .unwrap_err();
            assert_eq!(error.field.as_deref(), Some(name));
            let rule = format!("`{name}` has none of the members {}, ", members[0]);
            assert!(error.message.starts_with(&rule), "{}", error.message);
        }
        let wrapped = json!({"spec": "s", name: {name: {members[0]: []}, "jobId": "x"}});
        let call = agent("aios_generate_code", &wrapped).unwrap();
        assert_eq!(call.arguments[name], json!({members[0]: []}));
        assert!(call.warnings[0].contains(&format!("`{name}.{name}`")));
    }
}

#[test]
fn the_header_stands_in_for_the_idempotency_key() {
    let read = |given: Value, header| {
        let given = object(Some(&given.to_string())).unwrap();
        AgentCall::read_with_key(find("aios_strategize").unwrap(), given, header).unwrap()
    };
    let call = read(json!({"spec": "s"}), Some("k"));
    assert_eq!(
        (call.idempotency_key.as_deref(), call.warnings.len()),
        (Some("k"), 0)
    );
    let call = read(json!({"spec": "s", "idempotency_key": "a"}), Some("k"));
    assert_eq!(call.idempotency_key.as_deref(), Some("a"));
    assert!(call.warnings[0].contains("Idempotency-Key"));
    assert!(read(json!({"spec": "s"}), None).idempotency_key.is_none());
}

#[test]
fn a_number_out_of_range_names_its_field() {
    for (text, field) in [
        (r#"{"spec":"s","wait_seconds":1e400}"#, "wait_seconds"),
        (r#"{"limits":{"max_tokens":-1e999}}"#, "limits.max_tokens"),
        (r#"{"a":[1,{"b":1e400}]}"#, "a[1].b"),
        ("[1e400]", "arguments"),
        ("7", "arguments"),
    ] {
        let error = object(Some(text)).unwrap_err();
        assert_eq!(error.field.as_deref(), Some(field), "{text}");
    }
}

#[test]
fn two_spellings_of_one_name_must_agree() {
    let other = "job_01jdcv6tqw9g0wsx5t1r6zq8ac";
    let given =
        |a: &str, b: &str| object(Some(&json!({"jobId": a, "job_id": b}).to_string())).unwrap();
    assert!(StatusCall::read(given(JOB, JOB)).is_ok());
    for error in [
        StatusCall::read(given(JOB, other)).unwrap_err(),
        CancelCall::read(given(JOB, other)).unwrap_err(),
        ArtifactCall::read(given(JOB, other)).unwrap_err(),
    ] {
        assert_eq!(error.code, ErrorCode::InvalidInput);
        assert!(
            error.message.contains("`jobId` and `job_id`"),
            "{}",
            error.message
        );
    }
    let kinds = json!({"jobId": JOB, "type": "ux", "artifact_type": "code"}).to_string();
    let error = ArtifactCall::read(object(Some(&kinds)).unwrap()).unwrap_err();
    assert!(error.message.contains("`artifact_type`"));
    for kind in ["knowledge", "report"] {
        let given = json!({"jobId": JOB, "type": kind}).to_string();
        let error = ArtifactCall::read(object(Some(&given)).unwrap()).unwrap_err();
        assert!(
            error.message.contains("must be one of strategy"),
            "{}",
            error.message
        );
    }
}

#[test]
fn waiting_follows_mode_and_seconds() {
    let seconds = |given: Value| agent("aios_strategize", &given).unwrap().wait.as_secs();
    assert_eq!(seconds(json!({"spec": "s"})), 25);
    assert_eq!(seconds(json!({"spec": "s", "wait_seconds": "5"})), 5);
    assert_eq!(
        seconds(json!({"spec": "s", "mode": "async", "wait_seconds": 9})),
        0
    );
    assert_eq!(seconds(json!({"spec": "s", "mode": "sync"})), 55);
}

#[test]
fn a_job_may_build_on_an_earlier_one_without_a_specification() {
    let call = agent("aios_design_ux", &json!({"from_job": JOB})).unwrap();
    assert_eq!(call.from_job.unwrap().to_string(), JOB);
    let unknown = agent("aios_design_ux", &json!({"from_job": "predecessor-12"})).unwrap_err();
    assert_eq!(unknown.code, ErrorCode::JobNotFound);
}

#[test]
fn status_is_read_quickly_and_fully_alike() {
    for text in [
        format!(r#"{{"jobId":"{JOB}"}}"#),
        format!(r#"{{ "job_id" : "{JOB}" }}"#),
    ] {
        let full = StatusCall::read(object(Some(&text)).unwrap()).unwrap();
        assert_eq!(StatusCall::quick(&text), Some(full));
    }
    for text in [
        "{}",
        r#"{"jobId":7}"#,
        r#"{"jobId":"x"}"#,
        r#"{"jobId":"a","since":1}"#,
    ] {
        assert_eq!(StatusCall::quick(text), None, "{text}");
    }
    let text = format!(r#"{{"jobId":"{JOB}","wait_seconds":5,"since":2}}"#);
    let call = StatusCall::read(object(Some(&text)).unwrap()).unwrap();
    assert_eq!((call.wait, call.since), (Duration::from_secs(5), Some(2)));
    let missing = StatusCall::read(Map::new()).unwrap_err();
    assert_eq!(missing.field.as_deref(), Some("jobId"));
}

#[test]
fn artifacts_take_both_names_and_refuse_html() {
    let read = |given: Value| ArtifactCall::read(object(Some(&given.to_string())).unwrap());
    let call = read(json!({"job_id": JOB, "artifact_type": "code_files", "format": "zip"}));
    let call = call.unwrap();
    assert_eq!(
        (call.kind, call.format, call.max_bytes),
        ("code_files", Format::Zip, 100_000)
    );
    assert_eq!(read(json!({"jobId": JOB})).unwrap().kind, "all");
    let error = read(json!({"jobId": JOB, "format": "html"})).unwrap_err();
    assert!(error.message.contains("markdown"));
    let error = read(json!({"jobId": JOB, "type": "architectur"})).unwrap_err();
    assert!(error.message.contains("did you mean `architecture`"));
}

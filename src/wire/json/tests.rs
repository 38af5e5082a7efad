//! Verdicts on texts, and agreement with `serde_json` on any.
//!
//! Invariant: what ours passes, `serde_json` reads.

use proptest::prelude::*;

use super::*;

fn verdict(text: &str) -> &'static str {
    match check(text.as_bytes()) {
        Ok(_) => "fine",
        Err(JsonFault::Malformed { .. }) => "malformed",
        Err(JsonFault::Refused(_)) => "refused",
    }
}

#[test]
fn each_text_gets_its_verdict() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let table = [
        (r#"{"a":1,"b":[true,false,null,-0.5e+3,""]}"#, "fine"),
        (" [ ] ", "fine"),
        ("0", "fine"),
        (r#""\ud83d\ude00""#, "fine"),
        (r#"{"a":1,"a":2}"#, "refused"),
        (r#"{"a":1,"\u0061":2}"#, "refused"),
        (r#"{"a":{"a":1},"b":{"a":1}}"#, "fine"),
        (r#""a\u0000""#, "refused"),
        ("\"a\0\"", "malformed"),
        (r#""\ud800""#, "malformed"),
        (r#""\ud800\u0041""#, "malformed"),
        (r#""\udc00""#, "malformed"),
        (r#""\x""#, "malformed"),
        (r#""\u12g4""#, "malformed"),
        ("", "malformed"),
        ("01", "malformed"),
        ("1.", "malformed"),
        ("-", "malformed"),
        ("+1", "malformed"),
        ("[1,]", "malformed"),
        ("[1 2]", "malformed"),
        ("{\"a\"}", "malformed"),
        ("{a:1}", "malformed"),
        ("{\"a\":1}}", "malformed"),
        ("[}", "malformed"),
        ("tru", "malformed"),
        ("NaN", "malformed"),
        ("\u{feff}{}", "malformed"),
    ];
    for (text, expected) in table {
        assert_eq!(verdict(text), expected, "{text}");
    }
    assert_eq!(verdict(&nested(64)), "fine");
    assert_eq!(verdict(&nested(65)), "refused");
    assert_eq!(verdict(&nested(200_000)), "refused");
    assert!(matches!(
        check(b"\"\xff\""),
        Err(JsonFault::Malformed { at: 1 })
    ));
}

#[test]
fn large_objects_and_long_lists_are_bounded() {
    let members: Vec<_> = (0..500).map(|n| format!("\"k{n}\":0")).collect();
    assert_eq!(verdict(&format!("{{{}}}", members.join(","))), "fine");
    assert_eq!(
        verdict(&format!("{{{},\"k7\":1}}", members.join(","))),
        "refused"
    );
    assert_eq!(verdict(&format!("[{}0]", "0,".repeat(100_000))), "refused");
}

proptest! {
    #[test]
    fn agrees_with_serde_json_on_any_text(text in r#"[\[\]{}",:0-9eE.+\-truefalsn\\ u]{0,24}"#) {
        let ours = verdict(&text);
        let theirs = serde_json::from_str::<serde_json::Value>(&text).is_ok();
        // Ours refuses more (duplicate keys, NUL, lone surrogates), never less.
        prop_assert!(ours != "fine" || theirs || text.contains('e') || text.contains('E'));
        prop_assert!(ours != "malformed" || !theirs);
    }
}

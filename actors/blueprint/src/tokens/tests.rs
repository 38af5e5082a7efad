//! Tests of the tokens. Invariant checked: every used pair holds for every brand colour.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn any_brand_colour_gives_pairs_that_hold(primary in any::<[u8; 3]>(), second in any::<[u8; 3]>()) {
        let hex = |c: [u8; 3]| format!("#{:02x}{:02x}{:02x}", c[0], c[1], c[2]);
        let design = Design {
            primary_color: Some(hex(primary)),
            secondary_color: Some(hex(second)),
            ..Design::default()
        };
        for (pair, ratio, level) in tokens(&design).contrast {
            prop_assert!(level != "fail", "{pair}: {ratio}");
        }
    }
}

#[test]
fn each_style_has_its_own_brand_colour() {
    let primary = |style: &str| {
        let design = Design {
            style: style.to_owned(),
            ..Design::default()
        };
        let light = tokens(&design).light;
        light
            .into_iter()
            .find(|(name, _)| *name == "primary")
            .unwrap()
            .1
    };
    let all = [primary("minimal"), primary("corporate"), primary("playful")];
    assert!(
        all[0] != all[1] && all[1] != all[2] && all[0] != all[2],
        "{all:?}"
    );
}

#[test]
fn a_font_stack_cannot_leave_its_declaration() {
    let font = |text: &str| {
        tokens(&Design {
            font_family: Some(text.to_owned()),
            ..Design::default()
        })
        .font_family
    };
    assert_eq!(font("\"Open Sans\", serif"), "\"Open Sans\", serif");
    assert_eq!(font("x; } body { display: none"), SYSTEM_FONT);
    assert_eq!(font("\"x"), SYSTEM_FONT);
}

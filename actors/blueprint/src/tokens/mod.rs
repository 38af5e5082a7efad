//! Design tokens: colours with computed contrast, type, spacing, radius. Used by the UX specification and the code bundle.
//!
//! Invariant: every used pair of colours meets WCAG 2.2 AA (4.5:1 for text, 3:1 for large text and controls).

mod colour;

use colour::{Oklch, Rgb};

use crate::model::Design;

/// Tokens of one theme pair.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tokens {
    /// Semantic name (`background`, `foreground`, `primary`, `primary-foreground`, `muted` …) → `#rrggbb`, light theme.
    pub light: Vec<(&'static str, String)>,
    /// The same names for the dark theme.
    pub dark: Vec<(&'static str, String)>,
    /// CSS font stack.
    pub font_family: String,
    /// Corner radius in rem.
    pub radius_rem: f64,
    /// Contrast of every used pair: "light: foreground on background", ratio, level.
    pub contrast: Vec<(String, f64, &'static str)>,
}

/// Least contrast of text.
const TEXT: f64 = 4.5;
/// Least contrast of the outline of a control, a focus ring or a mark.
const CONTROL: f64 = 3.0;

/// Pairs that pages really draw: front, back, least contrast. `border` is missing on purpose: it only decorates,
/// controls are outlined with `input`.
const PAIRS: [(&str, &str, f64); 24] = [
    ("foreground", "background", TEXT),
    ("foreground", "muted", TEXT),
    ("card-foreground", "card", TEXT),
    ("popover-foreground", "popover", TEXT),
    ("primary-foreground", "primary", TEXT),
    ("primary", "background", TEXT),
    ("primary", "card", TEXT),
    ("secondary-foreground", "secondary", TEXT),
    ("muted-foreground", "background", TEXT),
    ("muted-foreground", "card", TEXT),
    ("muted-foreground", "muted", TEXT),
    ("accent-foreground", "accent", TEXT),
    ("destructive-foreground", "destructive", TEXT),
    ("destructive", "background", TEXT),
    ("destructive", "card", TEXT),
    ("success-foreground", "success", TEXT),
    ("warning-foreground", "warning", TEXT),
    ("success", "background", CONTROL),
    ("warning", "background", CONTROL),
    ("input", "background", CONTROL),
    ("input", "card", CONTROL),
    ("ring", "background", CONTROL),
    ("ring", "card", CONTROL),
    ("ring", "muted", CONTROL),
];

const SYSTEM_FONT: &str =
    "Inter, ui-sans-serif, system-ui, -apple-system, \"Segoe UI\", sans-serif";

/// Tokens for `design`.
pub fn tokens(design: &Design) -> Tokens {
    let brand = brand(design);
    let second = design
        .secondary_color
        .as_deref()
        .and_then(Rgb::parse)
        .map(Rgb::oklch);
    let light = theme(brand, second, Mode::Light);
    let dark = theme(brand, second, Mode::Dark);
    let mut contrast = measure("light", &light);
    contrast.extend(measure("dark", &dark));
    Tokens {
        light: printed(light),
        dark: printed(dark),
        font_family: font(design),
        radius_rem: radius(design),
        contrast,
    }
}

/// Channels (0–1) of a printed colour, as the W3C token format wants them.
pub(crate) fn components(hex: &str) -> [f64; 3] {
    Rgb::parse(hex).map_or([0.0; 3], Rgb::components)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Light,
    Dark,
}

/// The brand colour: the caller's, else that of the style.
fn brand(design: &Design) -> Oklch {
    let wanted = design.primary_color.as_deref().and_then(Rgb::parse);
    wanted.map_or_else(
        || match design.style.as_str() {
            "playful" => Oklch {
                lightness: 0.56,
                chroma: 0.22,
                hue: 305.0,
            },
            "corporate" => Oklch {
                lightness: 0.47,
                chroma: 0.14,
                hue: 255.0,
            },
            _ => Oklch {
                lightness: 0.49,
                chroma: 0.11,
                hue: 215.0,
            },
        },
        Rgb::oklch,
    )
}

type Theme = Vec<(&'static str, Rgb)>;

/// One theme: surfaces first, then what is drawn on them, each moved until its pairs hold.
fn theme(brand: Oklch, second: Option<Oklch>, mode: Mode) -> Theme {
    let tinted = |light: f64, dark: f64, chroma: f64| {
        let lightness = if mode == Mode::Light { light } else { dark };
        Oklch {
            lightness,
            chroma: chroma.min(brand.chroma),
            hue: brand.hue,
        }
    };
    let background = tinted(0.992, 0.16, 0.004).rgb();
    let card = tinted(1.0, 0.2, 0.006).rgb();
    let muted = tinted(0.965, 0.25, 0.008).rgb();
    let surfaces = [background, card, muted];
    let foreground = away(tinted(0.21, 0.97, 0.015), mode, &surfaces, 7.0);
    let primary = away(dimmed(brand, mode), mode, &surfaces[..2], TEXT);
    let family = second.unwrap_or(brand);
    let tint = |chroma: f64, light: f64, dark: f64| {
        let lightness = if mode == Mode::Light { light } else { dark };
        Oklch {
            lightness,
            chroma: chroma.min(family.chroma),
            hue: family.hue,
        }
        .rgb()
    };
    let secondary = tint(0.025, 0.95, 0.28);
    let accent = tint(0.045, 0.935, 0.31);
    let on = |surface: Rgb| away(tinted(0.27, 0.95, 0.03), mode, &[surface], TEXT);
    let signal = |hue: f64, chroma: f64, least: f64| {
        let start = Oklch {
            lightness: 0.58,
            chroma,
            hue,
        };
        away(dimmed(start, mode), mode, &surfaces[..2], least)
    };
    let destructive = signal(27.0, 0.21, TEXT);
    let (success, warning) = (signal(150.0, 0.14, TEXT), signal(75.0, 0.13, TEXT));
    vec![
        ("background", background),
        ("foreground", foreground),
        ("card", card),
        ("card-foreground", foreground),
        ("popover", card),
        ("popover-foreground", foreground),
        ("primary", primary),
        ("primary-foreground", label_on(primary)),
        ("secondary", secondary),
        ("secondary-foreground", on(secondary)),
        ("muted", muted),
        (
            "muted-foreground",
            away(tinted(0.54, 0.72, 0.02), mode, &surfaces, TEXT),
        ),
        ("accent", accent),
        ("accent-foreground", on(accent)),
        ("destructive", destructive),
        ("destructive-foreground", label_on(destructive)),
        ("border", tinted(0.91, 0.31, 0.01).rgb()),
        (
            "input",
            away(tinted(0.68, 0.5, 0.015), mode, &surfaces, CONTROL),
        ),
        ("ring", away(dimmed(brand, mode), mode, &surfaces, CONTROL)),
        ("success", success),
        ("success-foreground", label_on(success)),
        ("warning", warning),
        ("warning-foreground", label_on(warning)),
    ]
}

/// A saturated colour as a dark theme starts with it: lighter, so that it glows less.
fn dimmed(colour: Oklch, mode: Mode) -> Oklch {
    match mode {
        Mode::Light => colour,
        Mode::Dark => Oklch {
            lightness: colour.lightness.max(0.7),
            ..colour
        },
    }
}

/// `start`, moved away from the surfaces of its theme until it has the contrast `least` on all of them.
fn away(start: Oklch, mode: Mode, surfaces: &[Rgb], least: f64) -> Rgb {
    let mut colour = start;
    // 0.005 a step from one end of the scale to the other; black and white hold every pair, so it always ends well.
    for _ in 0..=200 {
        let printed = colour.rgb();
        if surfaces
            .iter()
            .all(|surface| printed.contrast(*surface) >= least)
        {
            break;
        }
        let step = if mode == Mode::Light { -0.005 } else { 0.005 };
        colour.lightness = (colour.lightness + step).clamp(0.0, 1.0);
    }
    colour.rgb()
}

/// Black or white text for a filled surface; one of the two always has 4.5:1.
fn label_on(surface: Rgb) -> Rgb {
    let white = Oklch {
        lightness: 1.0,
        chroma: 0.0,
        hue: 0.0,
    }
    .rgb();
    let black = Oklch {
        lightness: 0.0,
        chroma: 0.0,
        hue: 0.0,
    }
    .rgb();
    if surface.contrast(white) >= TEXT {
        white
    } else {
        black
    }
}

fn measure(theme: &str, colours: &Theme) -> Vec<(String, f64, &'static str)> {
    let find = |name: &str| {
        colours
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, colour)| *colour)
    };
    let mut rows = Vec::new();
    for (front, back, least) in PAIRS {
        let (Some(a), Some(b)) = (find(front), find(back)) else {
            continue;
        };
        // Rounded down: a table must not promise more than there is.
        let ratio = (a.contrast(b) * 100.0).floor() / 100.0;
        rows.push((
            format!("{theme}: {front} on {back}"),
            ratio,
            level(ratio, least),
        ));
    }
    rows
}

fn level(ratio: f64, least: f64) -> &'static str {
    match ratio {
        r if r < least => "fail",
        r if r >= 7.0 => "AAA",
        r if r >= TEXT => "AA",
        _ => "AA-large",
    }
}

fn printed(theme: Theme) -> Vec<(&'static str, String)> {
    theme
        .into_iter()
        .map(|(name, colour)| (name, colour.hex()))
        .collect()
}

/// The caller's font stack when it is nothing but a font stack: it ends up inside a style sheet.
fn font(design: &Design) -> String {
    let allowed = |c: char| c.is_alphanumeric() || " ,-_'\"".contains(c);
    match design.font_family.as_deref().map(str::trim) {
        Some(stack)
            if !stack.is_empty()
                && stack.len() <= 200
                && stack.chars().all(allowed)
                && stack.matches('"').count() % 2 == 0
                && stack.matches('\'').count() % 2 == 0 =>
        {
            stack.to_owned()
        }
        _ => SYSTEM_FONT.to_owned(),
    }
}

fn radius(design: &Design) -> f64 {
    match (design.radius.as_deref(), design.style.as_str()) {
        (Some("none"), _) => 0.0,
        (Some("sm"), _) | (None, "corporate") => 0.25,
        (Some("lg"), _) | (None, "playful") => 0.75,
        (Some("full"), _) => 1.5,
        _ => 0.5,
    }
}

#[cfg(test)]
mod tests {
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
            tokens(&design).light[6].1.clone()
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
}

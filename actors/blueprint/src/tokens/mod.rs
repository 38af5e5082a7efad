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
const PAIRS: [(&str, &str, f64); 25] = [
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
    ("muted-foreground", "accent", TEXT),
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

/// Filled buttons, which turn to this opacity under the pointer; their labels must stay readable then.
const FILLED: [(&str, &str); 2] = [
    ("primary-foreground", "primary"),
    ("destructive-foreground", "destructive"),
];
/// Opacity of a filled button under the pointer.
const HOVERED: f64 = 0.9;

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

/// Start points of one theme: a colour family at the lightness that belongs to the mode.
struct Palette {
    brand: Oklch,
    mode: Mode,
}

impl Palette {
    fn tinted(&self, light: f64, dark: f64, chroma: f64) -> Oklch {
        self.of(self.brand, light, dark, chroma)
    }

    fn of(&self, family: Oklch, light: f64, dark: f64, chroma: f64) -> Oklch {
        let lightness = if self.mode == Mode::Light {
            light
        } else {
            dark
        };
        let (chroma, hue) = (chroma.min(family.chroma), family.hue);
        Oklch {
            lightness,
            chroma,
            hue,
        }
    }
}

/// Signals have the hues people expect, whatever the brand is.
const SIGNALS: [([&str; 2], Oklch); 3] = [
    (
        ["destructive", "destructive-foreground"],
        signal_at(0.21, 27.0),
    ),
    (["success", "success-foreground"], signal_at(0.14, 150.0)),
    (["warning", "warning-foreground"], signal_at(0.13, 75.0)),
];

const fn signal_at(chroma: f64, hue: f64) -> Oklch {
    Oklch {
        lightness: 0.58,
        chroma,
        hue,
    }
}

/// One theme: surfaces first, then what is drawn on them, each moved until its pairs hold.
fn theme(brand: Oklch, second: Option<Oklch>, mode: Mode) -> Theme {
    let second = second.unwrap_or(brand);
    let palette = Palette { brand, mode };
    let background = palette.tinted(0.992, 0.16, 0.004).rgb();
    let card = palette.tinted(1.0, 0.2, 0.006).rgb();
    let muted = palette.tinted(0.965, 0.25, 0.008).rgb();
    let secondary = palette.of(second, 0.95, 0.28, 0.025).rgb();
    let accent = palette.of(second, 0.935, 0.31, 0.045).rgb();
    let surfaces = [background, card, muted, accent];
    let foreground = away(palette.tinted(0.21, 0.97, 0.015), mode, &surfaces, 7.0);
    let quiet = away(palette.tinted(0.54, 0.72, 0.02), mode, &surfaces, TEXT);
    let on = |surface: Rgb| away(palette.tinted(0.27, 0.95, 0.03), mode, &[surface], TEXT);
    let input = away(
        palette.tinted(0.68, 0.5, 0.015),
        mode,
        &surfaces[..3],
        CONTROL,
    );
    let ring = away(dimmed(brand, mode), mode, &surfaces[..3], CONTROL);
    let mut theme = vec![
        ("background", background),
        ("foreground", foreground),
        ("card", card),
        ("card-foreground", foreground),
        ("popover", card),
        ("popover-foreground", foreground),
        ("secondary", secondary),
        ("secondary-foreground", on(secondary)),
        ("muted", muted),
        ("muted-foreground", quiet),
        ("accent", accent),
        ("accent-foreground", on(accent)),
        ("border", palette.tinted(0.91, 0.31, 0.01).rgb()),
        ("input", input),
        ("ring", ring),
    ];
    theme.extend(signal(
        ["primary", "primary-foreground"],
        brand,
        mode,
        &surfaces[..2],
    ));
    for (names, start) in SIGNALS {
        theme.extend(signal(names, start, mode, &surfaces[..2]));
    }
    theme
}

/// A colour that speaks, and the label on it.
fn signal(
    names: [&'static str; 2],
    start: Oklch,
    mode: Mode,
    surfaces: &[Rgb],
) -> [(&'static str, Rgb); 2] {
    let colour = filled(dimmed(start, mode), mode, surfaces);
    [(names[0], colour), (names[1], label_on(colour))]
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

/// A colour that is text on the surfaces and also fills buttons: the label holds at rest and under the pointer.
fn filled(start: Oklch, mode: Mode, surfaces: &[Rgb]) -> Rgb {
    let mut colour = start;
    for _ in 0..=200 {
        let printed = away(colour, mode, surfaces, TEXT);
        let hovered = surfaces
            .iter()
            .map(|surface| printed.over(*surface, HOVERED));
        if hovered
            .into_iter()
            .all(|surface| label_on(printed).contrast(surface) >= TEXT)
        {
            return printed;
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
    for (front, back) in FILLED {
        let (Some(a), Some(b), Some(under)) = (find(front), find(back), find("card")) else {
            continue;
        };
        let ratio = (a.contrast(b.over(under, HOVERED)) * 100.0).floor() / 100.0;
        rows.push((
            format!("{theme}: {front} on {back}, hovered"),
            ratio,
            level(ratio, TEXT),
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
mod tests;

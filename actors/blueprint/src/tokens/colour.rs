//! Colour maths: sRGB, OKLCH (Björn Ottosson, 2020) and the contrast ratio of WCAG 2.2.
//!
//! Invariant: every colour that leaves this module is inside sRGB and already rounded to eight bits, so that a
//! computed contrast is the contrast of what is printed.

/// A colour by lightness (0–1), chroma (0–0.4) and hue (degrees).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Oklch {
    pub(super) lightness: f64,
    pub(super) chroma: f64,
    pub(super) hue: f64,
}

/// A colour as printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rgb([u8; 3]);

impl Rgb {
    /// Reads `#rgb` or `#rrggbb`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let digits = text.trim().strip_prefix('#')?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let byte = |at: usize, length: usize| u8::from_str_radix(&digits[at..at + length], 16).ok();
        match digits.len() {
            3 => Some(Self([byte(0, 1)? * 17, byte(1, 1)? * 17, byte(2, 1)? * 17])),
            6 => Some(Self([byte(0, 2)?, byte(2, 2)?, byte(4, 2)?])),
            _ => None,
        }
    }

    /// `#rrggbb`.
    pub(super) fn hex(self) -> String {
        let [r, g, b] = self.0;
        format!("#{r:02x}{g:02x}{b:02x}")
    }

    /// Channels as 0–1, for the W3C token format.
    pub(super) fn components(self) -> [f64; 3] {
        self.0
            .map(|channel| (f64::from(channel) / 255.0 * 10_000.0).round() / 10_000.0)
    }

    /// Relative luminance of WCAG 2.2.
    fn luminance(self) -> f64 {
        let [r, g, b] = self.0.map(linear);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// Contrast ratio of WCAG 2.2, 1–21.
    pub(super) fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// This colour at `share` opacity over `under`, as browsers mix it.
    pub(super) fn over(self, under: Self, share: f64) -> Self {
        let mix = |a: u8, b: u8| {
            let mixed = f64::from(a) * share + f64::from(b) * (1.0 - share);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between two bytes"
            )]
            {
                mixed.round() as u8
            }
        };
        Self([0, 1, 2].map(|at| mix(self.0[at], under.0[at])))
    }

    /// In OKLCH.
    #[expect(
        clippy::many_single_char_names,
        reason = "the names of the colour axes"
    )]
    pub(super) fn oklch(self) -> Oklch {
        let [r, g, b] = self.0.map(linear);
        let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
        let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
        let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
        let lightness = 0.210_454_255_3 * l + 0.793_617_785 * m - 0.004_072_046_8 * s;
        let a = 1.977_998_495_1 * l - 2.428_592_205 * m + 0.450_593_709_9 * s;
        let b = 0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766 * s;
        let hue = b.atan2(a).to_degrees().rem_euclid(360.0);
        Oklch {
            lightness,
            chroma: a.hypot(b),
            hue,
        }
    }
}

impl Oklch {
    /// The nearest colour of sRGB with this lightness and hue: chroma gives way.
    pub(super) fn rgb(self) -> Rgb {
        let fits = |chroma: f64| {
            let channels = Self { chroma, ..self }.linear_rgb();
            channels
                .iter()
                .all(|channel| (-0.000_1..=1.000_1).contains(channel))
        };
        let mut chroma = self.chroma;
        if !fits(chroma) {
            let (mut low, mut high) = (0.0, chroma);
            for _ in 0..20 {
                let middle = f64::midpoint(low, high);
                if fits(middle) {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            chroma = low;
        }
        Rgb(Self { chroma, ..self }.linear_rgb().map(encode))
    }

    #[expect(
        clippy::many_single_char_names,
        reason = "the names of the colour axes"
    )]
    fn linear_rgb(self) -> [f64; 3] {
        let (sin, cos) = self.hue.to_radians().sin_cos();
        let (a, b) = (self.chroma * cos, self.chroma * sin);
        let l = (self.lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
        let m = (self.lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
        let s = (self.lightness - 0.089_484_177_5 * a - 1.291_485_548 * b).powi(3);
        [
            4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
            -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
            -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701 * s,
        ]
    }
}

/// Gamma expansion of one channel.
fn linear(channel: u8) -> f64 {
    let value = f64::from(channel) / 255.0;
    if value <= 0.040_45 {
        value / 12.92
    } else {
        ((value + 0.055) / 1.055).powf(2.4)
    }
}

/// Gamma compression of one channel, rounded to eight bits.
fn encode(value: f64) -> u8 {
    let value = value.clamp(0.0, 1.0);
    let encoded = if value <= 0.003_130_8 {
        value * 12.92
    } else {
        1.055 * value.powf(1.0 / 2.4) - 0.055
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..=255 above"
    )]
    {
        (encoded * 255.0).round() as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_through_oklch() {
        for hex in [
            "#000000", "#ffffff", "#1d4ed8", "#c026d3", "#00ff00", "#ff0000", "#7f7f7f",
        ] {
            assert_eq!(Rgb::parse(hex).unwrap().oklch().rgb().hex(), hex);
        }
    }

    #[test]
    fn knows_the_contrast_of_black_on_white() {
        let ratio = Rgb::parse("#000")
            .unwrap()
            .contrast(Rgb::parse("#fff").unwrap());
        assert!((ratio - 21.0).abs() < 1e-9);
    }

    #[test]
    fn refuses_what_is_not_a_colour() {
        for text in ["", "#", "#12345", "red", "#12345g", "#ééé", "url(x)"] {
            assert_eq!(Rgb::parse(text), None, "{text}");
        }
    }
}

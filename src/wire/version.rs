//! Protocol versions, and what follows from each.
//!
//! Invariant: versions are dates, so their order is the order of time; [`Version::LEGACY_LATEST`] is what a handshake
//! with an unknown version gets.

/// A protocol version that we speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the dates")]
pub enum Version {
    V2024_11_05,
    V2025_03_26,
    V2025_06_18,
    V2025_11_25,
    V2026_07_28,
}

impl Version {
    /// All, newest first, as `server/discover` lists them.
    pub const ALL: [Self; 5] = [
        Self::V2026_07_28,
        Self::V2025_11_25,
        Self::V2025_06_18,
        Self::V2025_03_26,
        Self::V2024_11_05,
    ];
    /// The first version without handshake and sessions.
    pub const MODERN: Self = Self::V2026_07_28;
    /// The newest version with a handshake.
    pub const LEGACY_LATEST: Self = Self::V2025_11_25;
    /// What a legacy request without header and session speaks (2025-06-18, basic/transports).
    pub const ASSUMED: Self = Self::V2025_03_26;

    /// The date.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V2024_11_05 => "2024-11-05",
            Self::V2025_03_26 => "2025-03-26",
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
            Self::V2026_07_28 => "2026-07-28",
        }
    }

    /// The version of this date.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.name() == text)
    }

    /// Era without handshake.
    pub fn is_modern(self) -> bool {
        self >= Self::MODERN
    }

    /// Knows `resource_link` content.
    pub fn has_resource_links(self) -> bool {
        self >= Self::V2025_06_18
    }

    /// Takes a priming event with empty data; older clients fail on it.
    pub fn has_priming(self) -> bool {
        self == Self::V2025_11_25
    }

    /// What a handshake that names `requested` gets.
    pub fn negotiated(requested: &str) -> Self {
        Self::parse(requested)
            .filter(|version| !version.is_modern())
            .unwrap_or(Self::LEGACY_LATEST)
    }
}

/// Whether `text` is a date `YYYY-MM-DD` that is not before the first modern version. Other texts do not compare.
pub fn is_modern_date(text: &str) -> bool {
    let is_date = text.len() == 10
        && text.bytes().enumerate().all(|(index, byte)| match index {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    is_date && text >= Version::MODERN.name()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handshake_gets_a_legacy_version() {
        let table = [
            ("2024-11-05", Version::V2024_11_05),
            ("2025-03-26", Version::V2025_03_26),
            ("2025-11-25", Version::V2025_11_25),
            ("2026-07-28", Version::V2025_11_25),
            ("1999-01-01", Version::V2025_11_25),
            ("", Version::V2025_11_25),
        ];
        for (requested, expected) in table {
            assert_eq!(Version::negotiated(requested), expected, "{requested}");
        }
    }

    #[test]
    fn only_dates_compare() {
        for (text, expected) in [
            ("2026-07-28", true),
            ("2027-01-01", true),
            ("2026-07-27", false),
            ("9999", false),
            ("zzzz-zz-zz", false),
            ("2026-07-28 ", false),
        ] {
            assert_eq!(is_modern_date(text), expected, "{text}");
        }
    }
}

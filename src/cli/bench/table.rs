//! The table of figures. Invariant: a ratio stands beside the absolute figures it was made of.

use serde_json::json;

use crate::cli::{Failure, output};

/// Which side of the target is good.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Target {
    AtLeast(f64),
    AtMost(f64),
}

/// One figure.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) what: &'static str,
    pub(super) measured: f64,
    pub(super) unit: &'static str,
    pub(super) target: Target,
    /// What it was made of.
    pub(super) absolute: String,
}

impl Row {
    pub(super) fn is_met(&self) -> bool {
        match self.target {
            Target::AtLeast(floor) => self.measured >= floor,
            Target::AtMost(ceiling) => self.measured <= ceiling,
        }
    }

    fn target_text(&self) -> String {
        let (sign, number) = match self.target {
            Target::AtLeast(number) => ("≥", number),
            Target::AtMost(number) => ("≤", number),
        };
        format!("{sign} {number}{}", self.unit)
    }
}

/// Prints the figures.
pub(super) fn print(rows: &[Row], as_json: bool) -> Result<(), Failure> {
    if as_json {
        let row = |row: &Row| {
            json!({
                "what": row.what, "measured": row.measured, "unit": row.unit.trim(),
                "target": row.target_text(), "met": row.is_met(), "absolute": row.absolute,
            })
        };
        return output::json(&rows.iter().map(row).collect());
    }
    output::line("| what | measured | target | met | made of |");
    output::line("|---|---|---|---|---|");
    for row in rows {
        let met = if row.is_met() { "yes" } else { "NO" };
        output::line(format!(
            "| {} | {:.2}{} | {} | {met} | {} |",
            row.what,
            row.measured,
            row.unit,
            row.target_text(),
            row.absolute
        ));
    }
    Ok(())
}

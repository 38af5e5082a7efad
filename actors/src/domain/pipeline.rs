//! The table of steps: which role works on a step, how long it may take, in which order a pipeline runs them.
//!
//! Invariant: a job's steps always run in table order, whatever order the caller named them in.

use std::time::Duration;

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepSpec {
    /// Name in records and on the wire: `strategy`.
    pub name: String,
    /// Role that works on it: `pm`.
    pub role: String,
    /// Time for one attempt, from the role's grant.
    pub timeout: Duration,
}

/// The table of steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline(Vec<StepSpec>);

impl Pipeline {
    /// A table with these rows.
    pub const fn new(rows: Vec<StepSpec>) -> Self {
        Self(rows)
    }

    /// The four phases with the required timeouts: strategy 10 min, architecture 5, ux 8, code 15.
    pub fn standard() -> Self {
        let rows = [
            ("strategy", "pm", 10),
            ("architecture", "architect", 5),
            ("ux", "ux", 8),
            ("code", "dev", 15),
        ];
        let row = |(name, role, minutes): (&str, &str, u64)| StepSpec {
            name: name.to_owned(),
            role: role.to_owned(),
            timeout: Duration::from_mins(minutes),
        };
        Self(rows.into_iter().map(row).collect())
    }

    /// The row of a step.
    pub fn step(&self, name: &str) -> Option<&StepSpec> {
        self.0.iter().find(|row| row.name == name)
    }

    /// All rows, in order.
    pub fn steps(&self) -> &[StepSpec] {
        &self.0
    }

    /// `wanted` in table order, without repetitions; `Err` holds the first unknown name.
    ///
    /// # Errors
    /// A name that is not in the table.
    pub fn ordered<'a>(&self, wanted: &'a [String]) -> Result<Vec<String>, &'a str> {
        if let Some(unknown) = wanted.iter().find(|name| self.step(name).is_none()) {
            return Err(unknown);
        }
        let names = self.0.iter().map(|row| &row.name);
        Ok(names
            .filter(|name| wanted.contains(name))
            .cloned()
            .collect())
    }

    /// Distinct roles, in order of their first step.
    pub fn roles(&self) -> Vec<String> {
        let mut roles: Vec<String> = Vec::new();
        for row in &self.0 {
            if !roles.contains(&row.role) {
                roles.push(row.role.clone());
            }
        }
        roles
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_run_in_table_order() {
        let wanted = ["code", "strategy", "code"].map(str::to_owned);
        assert_eq!(
            Pipeline::standard().ordered(&wanted).unwrap(),
            ["strategy", "code"]
        );
    }

    #[test]
    fn an_unknown_step_is_named() {
        let wanted = ["strategy", "deploy"].map(str::to_owned);
        assert_eq!(Pipeline::standard().ordered(&wanted), Err("deploy"));
    }
}

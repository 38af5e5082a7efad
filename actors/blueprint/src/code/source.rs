//! Small printers: indented lines, sorted imports, filled templates.
//!
//! Invariant: an import is printed exactly when its name was asked for, so no generated file has an unused one.

use std::collections::{BTreeMap, BTreeSet};

/// Lines of one file, indented by two spaces a level.
#[derive(Default)]
pub(super) struct Source {
    text: String,
    depth: usize,
}

impl Source {
    /// One line at the present depth.
    pub(super) fn line(&mut self, line: impl AsRef<str>) -> &mut Self {
        let line = line.as_ref();
        if !line.is_empty() {
            self.text.push_str(&"  ".repeat(self.depth));
            self.text.push_str(line);
        }
        self.text.push('\n');
        self
    }

    /// A line after which everything stands one level deeper.
    pub(super) fn open(&mut self, line: impl AsRef<str>) -> &mut Self {
        self.line(line);
        self.depth += 1;
        self
    }

    /// A line that ends a level.
    pub(super) fn close(&mut self, line: impl AsRef<str>) -> &mut Self {
        self.depth = self.depth.saturating_sub(1);
        self.line(line)
    }

    /// The whole text.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// Imports of one file by module.
#[derive(Default)]
pub(super) struct Imports(BTreeMap<String, BTreeSet<String>>);

impl Imports {
    /// Asks for `name`; a type is asked for as `type Name`.
    pub(super) fn add(&mut self, module: &str, name: &str) -> &mut Self {
        self.0
            .entry(module.to_owned())
            .or_default()
            .insert(name.to_owned());
        self
    }

    /// The statements, packages before own modules, with an empty line at the end.
    pub(super) fn print(&self) -> String {
        let mut text = String::new();
        let (own, packages): (Vec<_>, Vec<_>) = self
            .0
            .iter()
            .partition(|(module, _)| module.starts_with("@/"));
        for (module, names) in packages.into_iter().chain(own) {
            let only_types = names.iter().all(|name| name.starts_with("type "));
            let mut list: Vec<&str> = names
                .iter()
                .map(|name| {
                    if only_types {
                        name.trim_start_matches("type ")
                    } else {
                        name.as_str()
                    }
                })
                .collect();
            list.sort_by_key(|name| name.trim_start_matches("type ").to_lowercase());
            let keyword = if only_types { "import type" } else { "import" };
            text.push_str(keyword);
            text.push_str(" { ");
            text.push_str(&list.join(", "));
            text.push_str(" } from \"");
            text.push_str(module);
            text.push_str("\";\n");
        }
        text.push('\n');
        text
    }
}

/// `template` with each `{{name}}` replaced by its value. One pass: what a value holds is never replaced again.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let found = after
            .split_once("}}")
            .and_then(|(name, tail)| Some((values.iter().find(|(key, _)| *key == name)?.1, tail)));
        if let Some((value, tail)) = found {
            out.push_str(value);
            rest = tail;
        } else {
            out.push_str("{{");
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_not_filled_again() {
        assert_eq!(
            fill("{{a}}-{{b}}", &[("a", "{{b}}"), ("b", "x")]),
            "{{b}}-x"
        );
    }

    #[test]
    fn an_unknown_name_stays() {
        assert_eq!(fill("x={{ y }}", &[("a", "1")]), "x={{ y }}");
    }

    #[test]
    fn imports_of_types_alone_are_erased_by_the_compiler() {
        let mut imports = Imports::default();
        imports
            .add("@/b", "type B")
            .add("zod", "z")
            .add("@/b", "type A")
            .add("@/c", "type D")
            .add("@/c", "c");
        let text = "import { z } from \"zod\";\nimport type { A, B } from \"@/b\";\nimport { c, type D } from \"@/c\";\n\n";
        assert_eq!(imports.print(), text);
    }
}

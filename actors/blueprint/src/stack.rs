//! The pinned versions of everything the generated application is built from. The architecture document prints this
//! table and the code bundle takes its `package.json` from it.
//!
//! Invariant: the only place where a version of an npm package is written down, so document and code cannot differ.
//! Versions are exact; a pin changes only together with a build of the generated application.

/// One npm package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Package {
    /// Name in the registry.
    pub name: &'static str,
    /// Exact version.
    pub version: &'static str,
    /// Only needed to build and test.
    pub development: bool,
}

const fn runtime(name: &'static str, version: &'static str) -> Package {
    Package {
        name,
        version,
        development: false,
    }
}

const fn build(name: &'static str, version: &'static str) -> Package {
    Package {
        name,
        version,
        development: true,
    }
}

/// All packages, sorted by name within each group.
pub const PACKAGES: [Package; 20] = [
    runtime("@supabase/supabase-js", "2.119.0"),
    runtime("clsx", "2.1.1"),
    runtime("react", "19.3.1"),
    runtime("react-dom", "19.3.1"),
    runtime("react-router-dom", "7.18.5"),
    runtime("tailwind-merge", "3.7.0"),
    runtime("zod", "4.6.7"),
    build("@electric-sql/pglite", "0.5.16"),
    build("@tailwindcss/vite", "4.3.5"),
    build("@testing-library/react", "16.3.3"),
    build("@testing-library/user-event", "14.6.12"),
    build("@types/node", "26.6.6"),
    build("@types/react", "19.3.0"),
    build("@types/react-dom", "19.3.0"),
    build("@vitejs/plugin-react", "6.3.0"),
    build("happy-dom", "21.0.4"),
    build("tailwindcss", "4.3.5"),
    build("typescript", "7.0.2"),
    build("vite", "8.3.8"),
    build("vitest", "5.1.1"),
];

/// The smallest Node.js that runs the tool chain.
pub const NODE_MIN: &str = "22.12";

/// Version of `name`; empty when the application does not use it.
pub fn version(name: &str) -> &'static str {
    PACKAGES
        .iter()
        .find(|package| package.name == name)
        .map_or("", |package| package.version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pin_is_an_exact_version() {
        for package in PACKAGES {
            let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            assert!(package.version.split('.').count() == 3, "{}", package.name);
            assert!(package.version.split('.').all(digits), "{}", package.name);
        }
    }
}

//! The fixed part of the application: files that differ between two applications in a few names at most.
//!
//! Invariant: every placeholder of a template is filled here or the file is printed as it stands.

use super::access::rights_rows;
use super::project::slug;
use super::source::fill;
use crate::model::AppModel;
use crate::screens::{Screen, ScreenKind};
use crate::sql::{roles_table, users_table};

macro_rules! templates {
    ($($path:literal => $template:literal,)*) => {
        [$(($path, include_str!(concat!("templates/", $template)))),*]
    };
}

/// Path in the application and text.
const FIXED: [(&str, &str); 48] = templates! {
    ".env.example" => "root/env.example",
    ".gitignore" => "root/gitignore",
    "AGENTS.md" => "root/AGENTS.md",
    "src/App.tsx" => "app/App.tsx",
    "src/auth/auth-context.tsx" => "auth/auth-context.tsx",
    "src/auth/backend.ts" => "auth/backend.ts",
    "src/auth/memory-auth.ts" => "auth/memory-auth.ts",
    "src/auth/supabase-auth.ts" => "auth/supabase-auth.ts",
    "src/components/app-shell.tsx" => "app/app-shell.tsx",
    "src/components/entity-table.tsx" => "app/entity-table.tsx",
    "src/components/form-fields.tsx" => "app/form-fields.tsx",
    "src/components/form-page.tsx" => "app/form-page.tsx",
    "src/components/icons.tsx" => "app/icons.tsx",
    "src/components/page.tsx" => "app/page.tsx",
    "src/components/record-page.tsx" => "app/record-page.tsx",
    "src/components/related-rows.tsx" => "app/related-rows.tsx",
    "src/components/require-role.tsx" => "app/require-role.tsx",
    "src/components/theme-button.tsx" => "app/theme-button.tsx",
    "src/components/ui/badge.tsx" => "ui/badge.tsx",
    "src/components/ui/button.tsx" => "ui/button.tsx",
    "src/components/ui/card.tsx" => "ui/card.tsx",
    "src/components/ui/dialog.tsx" => "ui/dialog.tsx",
    "src/components/ui/empty-state.tsx" => "ui/empty-state.tsx",
    "src/components/ui/error-state.tsx" => "ui/error-state.tsx",
    "src/components/ui/input.tsx" => "ui/input.tsx",
    "src/components/ui/label.tsx" => "ui/label.tsx",
    "src/components/ui/select.tsx" => "ui/select.tsx",
    "src/components/ui/skeleton.tsx" => "ui/skeleton.tsx",
    "src/components/ui/table.tsx" => "ui/table.tsx",
    "src/components/ui/textarea.tsx" => "ui/textarea.tsx",
    "src/components/ui/toast.tsx" => "ui/toast.tsx",
    "src/components/use-form.ts" => "app/use-form.ts",
    "src/components/values.tsx" => "app/values.tsx",
    "src/data/memory-database.ts" => "data/memory-database.ts",
    "src/data/memory-repo.ts" => "data/memory-repo.ts",
    "src/data/repo.ts" => "data/repo.ts",
    "src/data/services.ts" => "data/services.ts",
    "src/data/supabase-repo.ts" => "data/supabase-repo.ts",
    "src/data/supabase-services.ts" => "data/supabase-services.ts",
    "src/data/titles.tsx" => "data/titles.tsx",
    "src/data/use-load.ts" => "data/use-load.ts",
    "src/integrations/supabase/client.ts" => "data/supabase-client.ts",
    "src/lib/entity.ts" => "lib/entity.ts",
    "src/lib/fields.ts" => "lib/fields.ts",
    "src/lib/format.ts" => "lib/format.ts",
    "src/lib/theme.ts" => "lib/theme.ts",
    "src/lib/utils.ts" => "lib/utils.ts",
    "src/main.tsx" => "app/main.tsx",
};

/// More of them; the tests, and what the tools read.
const TOOLS: [(&str, &str); 8] = templates! {
    "src/vite-env.d.ts" => "app/vite-env.d.ts",
    "supabase/config.toml" => "root/config.toml",
    "tests/app.test.tsx" => "tests/app.test.tsx",
    "tests/permissions.test.ts" => "tests/permissions.test.ts",
    "tests/policies.test.ts" => "tests/policies.test.ts",
    "tests/repository.test.ts" => "tests/repository.test.ts",
    "tsconfig.json" => "root/tsconfig.json",
    "vite.config.ts" => "root/vite.config.ts",
};

/// The files, with the pages that are not about one entity.
pub(super) fn files(model: &AppModel, screens: &[Screen]) -> Vec<(String, String)> {
    let (slug, roles, users, rights) = (
        slug(model),
        roles_table(model),
        users_table(model),
        rights_rows(model),
    );
    let storage_key = storage_key(model, &slug);
    let values = [
        ("slug", slug.as_str()),
        ("storageKey", &storage_key),
        ("rolesTable", &roles),
        ("usersTable", &users),
        ("rights", &rights),
    ];
    let mut files: Vec<(String, String)> = FIXED
        .iter()
        .chain(&TOOLS)
        .map(|(path, template)| ((*path).to_owned(), fill(template, &values)))
        .collect();
    for screen in screens {
        let template = match screen.kind {
            ScreenKind::Landing => include_str!("templates/pages/landing.tsx"),
            ScreenKind::SignIn => include_str!("templates/pages/sign-in.tsx"),
            ScreenKind::Dashboard => include_str!("templates/pages/dashboard.tsx"),
            ScreenKind::Roles => include_str!("templates/pages/roles.tsx"),
            ScreenKind::List | ScreenKind::Detail | ScreenKind::Form => continue,
        };
        let path = format!("src/pages/{}.tsx", screen.component);
        files.push((path, fill(template, &[("component", &screen.component)])));
    }
    files
}

/// Two applications on one address, or two versions of one, must not read each other's demo rows.
fn storage_key(model: &AppModel, slug: &str) -> String {
    let hash = model.story_id.rsplit('-').next().unwrap_or_default();
    let hash: String = hash
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(16)
        .collect();
    format!("{slug}.{hash}")
}

//! Ready-to-paste settings for the clients that people use.
//!
//! Invariant: a key appears in full only when it was generated at this very start.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::app::IssuedKeys;
use crate::config::Config;

/// An address that this machine can connect to: "all interfaces" is none.
pub(super) fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        return SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port());
    }
    address
}

/// The page that `serve` prints.
pub(super) fn page(base: &str, config: &Config, issued: &IssuedKeys) -> String {
    let mut page = format!("aios-lovable-mcp serves {base}/mcp\n");
    keys(&mut page, config, issued);
    let key = match (&issued.workspace, config.auth.required) {
        (Some(key), _) => key.as_str(),
        (None, true) => "YOUR_KEY",
        (None, false) => return without_keys(page, base),
    };
    let _ = write!(
        page,
        r#"
Lovable: Settings → Connectors → Personal connectors → New MCP server
  Server name     AIOS
  Server URL      {base}/mcp
  Authentication  Bearer token or API key
  Token           {key}

Claude Code:
  claude mcp add --transport http aios {base}/mcp --header "Authorization: Bearer {key}"

Cursor (.cursor/mcp.json):
  {{"mcpServers": {{"aios": {{"url": "{base}/mcp", "headers": {{"Authorization": "Bearer {key}"}}}}}}}}
"#
    );
    if base.starts_with("http://127.") || base.starts_with("http://[::1]") {
        page.push_str("\nLovable connects from the internet: give it a public https address of this server.\n");
    }
    page
}

fn keys(page: &mut String, config: &Config, issued: &IssuedKeys) {
    if let Some(key) = &issued.workspace {
        let _ = writeln!(
            page,
            "\nGenerated keys, shown this once:\n  workspace \"default\"  {key}"
        );
    }
    if let Some(key) = &issued.admin {
        if issued.workspace.is_none() {
            page.push_str("\nGenerated key, shown this once:\n");
        }
        let _ = writeln!(page, "  operator             {key}");
    }
    let any = issued.workspace.is_some() || issued.admin.is_some();
    if any && issued.expire {
        page.push_str("This output is a log: the keys stop working after 24 h. Set AIOS_API_KEYS and ADMIN_API_KEY.\n");
    }
    if !config.auth.keys.is_empty() {
        let names: Vec<&str> = config.auth.keys.keys().map(String::as_str).collect();
        let _ = writeln!(page, "\nKeys of the settings: {}", names.join(", "));
    }
}

fn without_keys(mut page: String, base: &str) -> String {
    let _ = write!(
        page,
        r#"
No key is asked for (auth.required = false).

Claude Code:
  claude mcp add --transport http aios {base}/mcp

Cursor (.cursor/mcp.json):
  {{"mcpServers": {{"aios": {{"url": "{base}/mcp"}}}}}}
"#
    );
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, Sources, load};

    fn page_with(vars: &[(&str, &str)], issued: &IssuedKeys) -> String {
        let env = Environment::of(vars.iter().copied());
        let loaded = load(&Sources {
            env,
            ..Sources::default()
        })
        .unwrap();
        page("https://a.example", &loaded.config, issued)
    }

    #[test]
    fn a_generated_key_is_ready_to_paste() {
        let issued = IssuedKeys {
            workspace: Some("k-123".to_owned()),
            ..IssuedKeys::default()
        };
        let page = page_with(&[], &issued);
        assert!(
            page.contains("Server URL      https://a.example/mcp"),
            "{page}"
        );
        assert_eq!(page.matches("k-123").count(), 4, "{page}");
    }

    #[test]
    fn a_key_of_the_settings_is_named_but_not_shown() {
        let page = page_with(
            &[("AIOS_API_KEYS", "ann:s3cret-s3cret-s3cret")],
            &IssuedKeys::default(),
        );
        assert!(page.contains("Keys of the settings: ann"), "{page}");
        assert!(
            page.contains("Bearer YOUR_KEY") && !page.contains("s3cret"),
            "{page}"
        );
    }
}

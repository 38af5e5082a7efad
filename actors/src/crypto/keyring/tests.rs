//! Tests of the keyring on disk. Invariant: each opens a directory of its own.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::base::entropy::SeededEntropy;
use crate::crypto::seal::{Scope, SealError, open, seal};

fn keyring(dir: &Path, is_store_empty: bool, seed: u64) -> Result<Keyring, KeyringError> {
    Keyring::open(dir, is_store_empty, Arc::new(SeededEntropy::new(seed)))
}

#[test]
fn a_restart_opens_what_was_sealed_before() {
    let dir = tempfile::tempdir().unwrap();
    let first = keyring(dir.path(), true, 1).unwrap();
    let workspaces = ["acme", "Grüße/../../x", &"long".repeat(99)];
    let seal_for = |workspace| {
        let artifact = seal(&first, Scope::Workspace(workspace), "o", "k", b"text").unwrap();
        let input = seal(
            &first,
            Scope::Input { workspace, hour: 7 },
            "o",
            "k",
            b"text",
        )
        .unwrap();
        (workspace, [artifact, input])
    };
    let sealed = workspaces.map(seal_for);
    let (digest, tag) = (first.digest_key("secret"), first.subkey("link").sign(b"m"));
    drop(first);

    let second = keyring(dir.path(), false, 2).unwrap();
    for (workspace, objects) in sealed {
        for object in objects {
            assert_eq!(
                open(&second, workspace, "o", "k", &object).unwrap(),
                b"text"
            );
        }
    }
    assert!(second.verify_key("secret", &digest) && !second.verify_key("secreT", &digest));
    assert!(second.subkey("link").verify(b"m", &tag));
    assert_eq!(second.input_buckets().unwrap(), [7]);
}

#[test]
fn files_are_for_their_owner_only() {
    let dir = tempfile::tempdir().unwrap();
    let keyring = keyring(&dir.path().join("keys"), true, 1).unwrap();
    keyring.workspace_key("acme").unwrap();
    keyring.input_key(3).unwrap();
    for (path, mode) in [
        ("keys", 0o700),
        ("keys/master.key", 0o600),
        ("keys/pepper", 0o600),
        ("keys/workspaces/acme.key", 0o600),
        ("keys/inputs/3.key", 0o600),
    ] {
        let found = dir
            .path()
            .join(path)
            .metadata()
            .unwrap()
            .permissions()
            .mode()
            & 0o777;
        assert_eq!(found, mode, "{path}");
    }
}

#[test]
fn a_lost_key_of_a_store_with_data_is_named_and_not_replaced() {
    for name in ["master.key", "pepper"] {
        let dir = tempfile::tempdir().unwrap();
        keyring(dir.path(), true, 1).unwrap();
        std::fs::remove_file(dir.path().join(name)).unwrap();
        let refused = keyring(dir.path(), false, 2);
        let Err(KeyringError::Missing { file }) = refused else {
            panic!("{refused:?}")
        };
        assert!(file.ends_with(name) && !file.exists());
    }
}

#[test]
fn an_empty_store_gets_only_the_key_that_is_missing() {
    let dir = tempfile::tempdir().unwrap();
    let first = keyring(dir.path(), true, 1).unwrap();
    std::fs::remove_file(dir.path().join("pepper")).unwrap();
    let second = keyring(dir.path(), true, 2).unwrap();
    assert_eq!(first.subkey("x").id(), second.subkey("x").id());
    assert_ne!(first.pepper().id(), second.pepper().id());
}

#[test]
fn a_changed_swapped_or_foreign_key_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let first = keyring(dir.path(), true, 1).unwrap();
    first.workspace_key("a").unwrap();
    first.workspace_key("b").unwrap();
    let (a, b) = (
        dir.path().join("workspaces/a.key"),
        dir.path().join("workspaces/b.key"),
    );
    let whole = std::fs::read(&a).unwrap();
    let is_refused = |content: &[u8]| {
        std::fs::write(&a, content).unwrap();
        let fresh = keyring(dir.path(), false, 2).unwrap();
        matches!(fresh.workspace_key("a"), Err(KeyringError::Damaged { .. }))
    };
    for bit in 0..whole.len() * 8 {
        let mut changed = whole.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(is_refused(&changed), "bit {bit}");
    }
    assert!(is_refused(&whole[..40]));
    assert!(
        is_refused(&std::fs::read(&b).unwrap()),
        "another workspace's key"
    );
    assert!(!is_refused(&whole));
    std::fs::write(dir.path().join("master.key"), [0; 32]).unwrap();
    assert!(is_refused(&whole), "another master key");
}

#[test]
fn a_destroyed_key_stays_gone_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let first = keyring(dir.path(), true, 1).unwrap();
    let scope = Scope::Input {
        workspace: "acme",
        hour: 9,
    };
    let input = seal(&first, scope, "o", "k", b"text").unwrap();
    first.destroy_input_bucket(9).unwrap();
    first.destroy_input_bucket(9).unwrap();
    assert!(!dir.path().join("inputs/9.key").exists());
    drop(first);
    let second = keyring(dir.path(), false, 2).unwrap();
    assert!(matches!(
        open(&second, "acme", "o", "k", &input),
        Err(SealError::Erased)
    ));
    assert_eq!(second.input_buckets().unwrap(), [0; 0]);
}

#[test]
fn debug_output_shows_no_key() {
    let keyring = Keyring::ephemeral(Arc::new(SeededEntropy::new(1)));
    let shown = format!("{keyring:?} {:?}", keyring.pepper());
    assert!(shown.len() < 120, "{shown}");
}

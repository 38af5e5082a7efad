//! Tests of the bundle. Invariant checked: closed imports, no escapes, honest manifest, same bytes every time.

use super::*;
use crate::fixture;

#[test]
#[ignore = "writes bundles for the npm harness; needs AIOS_EMIT_DIR"]
fn emits_the_samples() {
    let root = std::path::PathBuf::from(std::env::var("AIOS_EMIT_DIR").unwrap());
    for (name, model) in [
        ("clinic", fixture::clinic()),
        ("tiny", samples::tiny()),
        ("large", samples::large()),
    ] {
        for (path, bytes) in files(&model, &Meter::default()).unwrap() {
            let path = root.join(name).join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
    }
}

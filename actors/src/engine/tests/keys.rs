//! Keys that do not fit the store: the start fails and names the file.

use std::sync::Arc;

use super::*;
use crate::base::entropy::SystemEntropy;

#[tokio::test]
async fn a_start_with_other_keys_than_the_stores_fails_and_names_them() {
    let bench = bench().await;
    let view = bench.submit(&["strategy"]).await;
    bench.finish(&view).await;
    let start = |keyring: Keyring| {
        let store = Arc::new(bench.store.restarted(2));
        Engine::start(parts(store, Arc::new(keyring), Arc::default()))
    };
    let other = start(Keyring::ephemeral(Arc::new(SystemEntropy)))
        .await
        .unwrap_err();
    assert!(matches!(other, StartError::Keys(_)), "{other}");
    assert!(other.to_string().contains("keys/pepper"), "{other}");
}

//! Calls that wait, so that `notifications/cancelled` finds them.
//!
//! Invariant: an entry lives exactly as long as its wait, and only the same key in the same session can end it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aios_actors::base::ids::{KeyId, SessionId};
use tokio::sync::oneshot;

use super::catalogue::Caller;

/// Names one waiting call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct CallName {
    key: KeyId,
    session: Option<SessionId>,
    request: Box<str>,
}

impl CallName {
    fn of(caller: &Caller, request: &str) -> Self {
        Self {
            key: caller.principal.key,
            session: caller.session.as_ref().map(|session| session.id),
            request: request.into(),
        }
    }
}

type Waits = Mutex<HashMap<CallName, (u64, oneshot::Sender<()>)>>;

/// The calls that wait now.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls {
    waits: Arc<Waits>,
}

/// One waiting call; dropping it takes it off the list.
#[derive(Debug)]
pub(super) struct Wait {
    calls: Calls,
    name: CallName,
    number: u64,
    /// Gone once it has resolved: a receiver must not be asked twice.
    cancelled: Option<oneshot::Receiver<()>>,
}

impl Calls {
    /// Lists a call. Of two calls with the same id the later one can be cancelled.
    pub(super) fn begin(&self, caller: &Caller, request: &str) -> Wait {
        let name = CallName::of(caller, request);
        let (cancel, cancelled) = oneshot::channel();
        let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        let number = waits.get(&name).map_or(0, |(number, _)| number + 1);
        waits.insert(name.clone(), (number, cancel));
        drop(waits);
        Wait {
            calls: self.clone(),
            name,
            number,
            cancelled: Some(cancelled),
        }
    }

    /// Ends the wait of this request, where there is one.
    pub(super) fn cancel(&self, caller: &Caller, request: &str) {
        let name = CallName::of(caller, request);
        let found = self
            .waits
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&name);
        if let Some((_, cancel)) = found {
            let _ = cancel.send(());
        }
    }
}

impl Wait {
    /// Resolves when the caller has cancelled; stays pending otherwise.
    pub(super) async fn cancelled(&mut self) {
        if let Some(cancelled) = &mut self.cancelled {
            let is_cancelled = cancelled.await.is_ok();
            self.cancelled = None;
            if is_cancelled {
                return;
            }
        }
        // Replaced by a later call with the same id: nobody can cancel this one any more.
        std::future::pending::<()>().await;
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let mut waits = self
            .calls
            .waits
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if waits
            .get(&self.name)
            .is_some_and(|(number, _)| *number == self.number)
        {
            waits.remove(&self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use aios_actors::base::entropy::SeededEntropy;
    use aios_actors::base::time::Timestamp;
    use aios_actors::domain::key::Principal;
    use futures_util::FutureExt;

    use super::*;
    use crate::wire::version::Version;

    fn caller(seed: u64) -> Caller {
        let key = KeyId::new(Timestamp::from_unix_ms(1), &SeededEntropy::new(seed));
        let principal = Principal {
            key,
            name: "n".into(),
            workspace: "w".into(),
            tier: "t".into(),
            scopes: Arc::new([]),
            requests_per_minute: None,
            expires_at: None,
        };
        Caller {
            principal: Arc::new(principal),
            version: Version::ASSUMED,
            session: None,
            idempotency_key: None,
        }
    }

    #[test]
    fn only_the_same_key_ends_a_wait_and_of_two_the_later() {
        let (calls, mine, other) = (Calls::default(), caller(1), caller(2));
        let mut first = calls.begin(&mine, "1");
        let mut second = calls.begin(&mine, "1");
        calls.cancel(&other, "1");
        calls.cancel(&mine, "2");
        assert!(second.cancelled().now_or_never().is_none());
        calls.cancel(&mine, "1");
        assert!(second.cancelled().now_or_never().is_some());
        // Asked again and again, as a stream does.
        assert!(first.cancelled().now_or_never().is_none());
        assert!(first.cancelled().now_or_never().is_none());
        drop((first, second));
        assert!(calls.waits.lock().unwrap().is_empty());
    }
}

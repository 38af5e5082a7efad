//! One-for-one supervision with restart intensity and backoff.
//!
//! Invariant: a child that crashed is started again after its backoff, unless the budget is used up: then the supervisor
//! itself fails, and whoever supervises it decides. Children start in order and stop in reverse.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use ractor::{Actor, ActorCell, ActorId, ActorProcessingErr, ActorRef, SpawnErr, SupervisionEvent};

use super::effects::short_cause;
use crate::base::time::{Clock, Timestamp};
use crate::observe::metrics;

/// Starts one child, linked to the given supervisor.
pub(crate) type Start =
    Arc<dyn Fn(ActorCell) -> BoxFuture<'static, Result<ActorCell, SpawnErr>> + Send + Sync>;

/// One child.
#[derive(Clone)]
pub(crate) struct ChildSpec {
    /// Name for logs and metrics.
    pub(crate) name: String,
    /// How to start it.
    pub(crate) start: Start,
}

/// How many restarts are too many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Intensity {
    /// Restarts allowed in a window.
    pub(crate) restarts_max: usize,
    /// The window.
    pub(crate) window: Duration,
}

/// Time a child gets to stop before it is killed.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
/// Wait before the first restart; doubles with each restart in the window.
const BACKOFF_BASE: Duration = Duration::from_millis(50);
const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// Restarts spent in the current window.
#[derive(Debug)]
pub(crate) struct RestartBudget {
    intensity: Intensity,
    recent: VecDeque<Timestamp>,
}

impl RestartBudget {
    pub(crate) fn new(intensity: Intensity) -> Self {
        Self {
            intensity,
            recent: VecDeque::new(),
        }
    }

    /// Spends one restart and says how long to wait for it; `None` when the budget is used up.
    pub(crate) fn spend(&mut self, now: Timestamp) -> Option<Duration> {
        while self
            .recent
            .front()
            .is_some_and(|then| now.since(*then) >= self.intensity.window)
        {
            self.recent.pop_front();
        }
        if self.recent.len() >= self.intensity.restarts_max {
            return None;
        }
        let exponent = u32::try_from(self.recent.len()).unwrap_or(u32::MAX).min(10);
        self.recent.push_back(now);
        Some((BACKOFF_BASE * 2_u32.pow(exponent)).min(BACKOFF_MAX))
    }
}

/// The supervisor actor.
pub(crate) struct Supervisor {
    pub(crate) name: &'static str,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) intensity: Intensity,
    /// Hears why the supervisor gives up, before it fails.
    pub(crate) on_give_up: Arc<dyn Fn(String) + Send + Sync>,
}

/// What a supervisor can be told.
pub(crate) enum SupervisorMsg {
    /// Start this child again.
    Restart(usize),
    /// Crash.
    #[cfg(test)]
    Poison,
    /// Which actor runs as this child.
    #[cfg(test)]
    Child(usize, tokio::sync::oneshot::Sender<Option<ActorCell>>),
}

pub(crate) struct SupervisorState {
    specs: Vec<ChildSpec>,
    running: Vec<Option<ActorCell>>,
    budget: RestartBudget,
}

impl SupervisorState {
    fn index_of(&self, id: ActorId) -> Option<usize> {
        self.running
            .iter()
            .position(|child| child.as_ref().is_some_and(|cell| cell.get_id() == id))
    }
}

impl Supervisor {
    fn crashed(
        &self,
        myself: &ActorRef<SupervisorMsg>,
        state: &mut SupervisorState,
        (index, cause): (usize, &str),
    ) -> Result<(), ActorProcessingErr> {
        state.running[index] = None;
        let child = &state.specs[index].name;
        // What a panic says may quote a text.
        let cause = short_cause(cause);
        let Some(wait) = state.budget.spend(self.clock.now()) else {
            let reason = format!("{}: too many crashes, the last one of {child}", self.name);
            tracing::error!(supervisor = self.name, child, "{reason}");
            (self.on_give_up)(reason.clone());
            return Err(reason.into());
        };
        tracing::warn!(
            supervisor = self.name,
            child,
            cause,
            "{child} crashed; it restarts"
        );
        metrics::actor_restarted(child);
        myself.send_after(wait, move || SupervisorMsg::Restart(index));
        Ok(())
    }

    async fn restart(
        &self,
        myself: &ActorRef<SupervisorMsg>,
        state: &mut SupervisorState,
        index: usize,
    ) -> Result<(), ActorProcessingErr> {
        if state.running[index].is_some() {
            return Ok(());
        }
        match (state.specs[index].start)(myself.get_cell()).await {
            Ok(cell) => state.running[index] = Some(cell),
            // A child that cannot start has crashed once more.
            Err(cause) => return self.crashed(myself, state, (index, &cause.to_string())),
        }
        Ok(())
    }
}

impl Actor for Supervisor {
    type Msg = SupervisorMsg;
    type State = SupervisorState;
    type Arguments = Vec<ChildSpec>;

    async fn pre_start(
        &self,
        myself: ActorRef<Self::Msg>,
        specs: Vec<ChildSpec>,
    ) -> Result<Self::State, ActorProcessingErr> {
        let mut running = Vec::with_capacity(specs.len());
        for spec in &specs {
            running.push(Some((spec.start)(myself.get_cell()).await?));
        }
        Ok(SupervisorState {
            specs,
            running,
            budget: RestartBudget::new(self.intensity),
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<Self::Msg>,
        message: Self::Msg,
        state: &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            SupervisorMsg::Restart(index) => self.restart(&myself, state, index).await?,
            #[cfg(test)]
            SupervisorMsg::Poison => panic!("as ordered"),
            #[cfg(test)]
            SupervisorMsg::Child(index, reply) => {
                let _ = reply.send(state.running[index].clone());
            }
        }
        Ok(())
    }

    /// Overridden because the framework's default stops the supervisor when any child ends, even one that ended well.
    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<Self::Msg>,
        event: SupervisionEvent,
        state: &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        match event {
            SupervisionEvent::ActorFailed(cell, cause) => {
                if let Some(index) = state.index_of(cell.get_id()) {
                    return self.crashed(&myself, state, (index, &cause.to_string()));
                }
            }
            SupervisionEvent::ActorTerminated(cell, _, _) => {
                if let Some(index) = state.index_of(cell.get_id()) {
                    state.running[index] = None;
                }
            }
            _ => {}
        }
        Ok(())
    }

    async fn post_stop(
        &self,
        _myself: ActorRef<Self::Msg>,
        state: &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        // A parent that stops kills what is still linked to it: stop the children properly first, last one first.
        for child in state.running.iter().rev().flatten() {
            let _ = child.stop_and_wait(None, Some(STOP_TIMEOUT)).await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use parking_lot::Mutex;

    use super::*;
    use crate::base::time::ManualClock;

    struct Fragile(Arc<AtomicUsize>);

    impl Actor for Fragile {
        type Msg = ();
        type State = ();
        type Arguments = ();

        async fn pre_start(&self, _: ActorRef<()>, (): ()) -> Result<(), ActorProcessingErr> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Ok(())
        }

        async fn handle(
            &self,
            _: ActorRef<()>,
            (): (),
            (): &mut (),
        ) -> Result<(), ActorProcessingErr> {
            panic!("as ordered")
        }
    }

    #[tokio::test(start_paused = true)]
    async fn restarts_three_times_then_fails_upwards() {
        let starts = Arc::new(AtomicUsize::new(0));
        let child: Arc<Mutex<Option<ActorRef<()>>>> = Arc::default();
        let (count, place) = (Arc::clone(&starts), Arc::clone(&child));
        let start: Start = Arc::new(move |parent| {
            let (count, place) = (Arc::clone(&count), Arc::clone(&place));
            Box::pin(async move {
                let (actor, _) = Actor::spawn_linked(None, Fragile(count), (), parent).await?;
                *place.lock() = Some(actor.clone());
                Ok(actor.get_cell())
            })
        });
        let reason: Arc<Mutex<Option<String>>> = Arc::default();
        let heard = Arc::clone(&reason);
        let supervisor = Supervisor {
            name: "root",
            clock: Arc::new(ManualClock::default()),
            intensity: Intensity {
                restarts_max: 3,
                window: Duration::from_mins(1),
            },
            on_give_up: Arc::new(move |why| *heard.lock() = Some(why)),
        };
        let spec = ChildSpec {
            name: "fragile".to_owned(),
            start,
        };
        let (_, ended) = Actor::spawn(None, supervisor, vec![spec]).await.unwrap();
        for expected in 1..=4 {
            while starts.load(Ordering::SeqCst) < expected {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            child.lock().as_ref().unwrap().cast(()).unwrap();
        }
        ended.await.unwrap();
        assert_eq!(starts.load(Ordering::SeqCst), 4);
        assert!(reason.lock().as_ref().unwrap().contains("fragile"));
    }
}

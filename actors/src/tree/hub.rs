//! The hub: bounded fan-out of job news to whoever watches.
//!
//! Invariant: a slow watcher loses news and is told so; it never slows a job down and never makes the hub grow.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::RwLock;
use ractor::{Actor, ActorProcessingErr, ActorRef, RpcReplyPort, SupervisionEvent};
use std::collections::BTreeSet;
use tokio::sync::mpsc;

use super::slot::Slot;
use crate::base::ids::JobId;
use crate::domain::event::Event;
use crate::domain::record::JobRecord;
use crate::observe::metrics;

/// News of one job.
#[derive(Clone, Debug)]
pub enum News {
    /// A durable event; the record is at least as new.
    Event(Event, Arc<JobRecord>),
    /// How far the attempt under way is; not durable.
    Progress {
        /// Step name.
        step: String,
        /// Percent of the whole job, 0–99.
        percent: u8,
        /// Section that is being worked on.
        section: String,
    },
    /// Some news were dropped because they were not fetched in time: read the job again.
    Lagged,
}

/// A bounded subscription to one job's news. Dropping it ends it.
#[derive(Debug)]
pub struct Watch {
    news: mpsc::Receiver<News>,
    lagged: Arc<AtomicBool>,
    _ticket: Unsubscribe,
}

impl Watch {
    /// The next news; `None` when the hub has stopped.
    pub async fn next(&mut self) -> Option<News> {
        if self.lagged.swap(false, Ordering::Relaxed) {
            return Some(News::Lagged);
        }
        self.news.recv().await
    }
}

struct Unsubscribe {
    hub: Slot<HubMsg>,
    job: JobId,
    number: u64,
}

impl std::fmt::Debug for Unsubscribe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "subscription {} to {}", self.number, self.job)
    }
}

impl Drop for Unsubscribe {
    fn drop(&mut self) {
        self.hub.cast(HubMsg::Unsubscribe {
            job: self.job,
            number: self.number,
        });
    }
}

/// Which jobs anyone watches: asked before a message is sent, so that jobs nobody watches cost the hub nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interest {
    jobs: Arc<RwLock<BTreeSet<JobId>>>,
    /// Number of the last subscription; goes on over a restart of the hub, so that the end of an old subscription is never
    /// taken for that of a new one.
    last_number: Arc<AtomicU64>,
}

impl Interest {
    pub(crate) fn has(&self, job: JobId) -> bool {
        self.jobs.read().contains(&job)
    }
}

/// What the hub can be told.
pub(crate) enum HubMsg {
    /// Watch a job.
    Subscribe {
        job: JobId,
        reply: RpcReplyPort<Watch>,
    },
    /// The watch was dropped.
    Unsubscribe { job: JobId, number: u64 },
    /// A durable record, and the first of its events that is new.
    Committed {
        record: Arc<JobRecord>,
        events_before: u64,
    },
    /// Volatile news.
    Progress {
        job: JobId,
        step: String,
        percent: u8,
        section: String,
    },
    /// Crash.
    #[cfg(test)]
    Poison,
}

/// The hub actor.
pub(crate) struct Hub {
    pub(crate) slot: Slot<HubMsg>,
    pub(crate) interest: Interest,
    /// News that a watcher may be behind.
    pub(crate) buffer: usize,
}

struct Subscriber {
    number: u64,
    news: mpsc::Sender<News>,
    lagged: Arc<AtomicBool>,
}

impl Subscriber {
    fn send(&self, news: News) {
        if self.news.try_send(news).is_err() && !self.lagged.swap(true, Ordering::Relaxed) {
            metrics::news_lagged();
        }
    }
}

pub(crate) struct HubState {
    subscribers: BTreeMap<JobId, Vec<Subscriber>>,
}

impl Hub {
    fn subscribe(&self, state: &mut HubState, job: JobId) -> Watch {
        let number = self.interest.last_number.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = mpsc::channel(self.buffer.max(1));
        let lagged = Arc::new(AtomicBool::new(false));
        let subscriber = Subscriber {
            number,
            news: sender,
            lagged: Arc::clone(&lagged),
        };
        state.subscribers.entry(job).or_default().push(subscriber);
        self.interest.jobs.write().insert(job);
        let ticket = Unsubscribe {
            hub: self.slot.clone(),
            job,
            number,
        };
        Watch {
            news: receiver,
            lagged,
            _ticket: ticket,
        }
    }

    fn unsubscribe(&self, state: &mut HubState, job: JobId, number: u64) {
        let Some(subscribers) = state.subscribers.get_mut(&job) else {
            return;
        };
        subscribers.retain(|subscriber| subscriber.number != number);
        if subscribers.is_empty() {
            state.subscribers.remove(&job);
            self.interest.jobs.write().remove(&job);
        }
    }
}

fn announce(state: &HubState, record: &Arc<JobRecord>, events_before: u64) {
    let Some(subscribers) = state.subscribers.get(&record.id) else {
        return;
    };
    for event in record
        .events
        .iter()
        .filter(|event| event.seq > events_before)
    {
        for subscriber in subscribers {
            subscriber.send(News::Event((**event).clone(), Arc::clone(record)));
        }
    }
}

impl Actor for Hub {
    type Msg = HubMsg;
    type State = HubState;
    type Arguments = ();

    async fn pre_start(
        &self,
        myself: ActorRef<HubMsg>,
        (): (),
    ) -> Result<HubState, ActorProcessingErr> {
        self.interest.jobs.write().clear();
        self.slot.set(myself);
        Ok(HubState {
            subscribers: BTreeMap::new(),
        })
    }

    async fn handle(
        &self,
        _myself: ActorRef<HubMsg>,
        message: HubMsg,
        state: &mut HubState,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            HubMsg::Subscribe { job, reply } => {
                let watch = self.subscribe(state, job);
                let _ = reply.send(watch);
            }
            #[cfg(test)]
            HubMsg::Poison => panic!("as ordered"),
            HubMsg::Unsubscribe { job, number } => self.unsubscribe(state, job, number),
            HubMsg::Committed {
                record,
                events_before,
            } => announce(state, &record, events_before),
            HubMsg::Progress {
                job,
                step,
                percent,
                section,
            } => {
                for subscriber in state.subscribers.get(&job).into_iter().flatten() {
                    let (step, section) = (step.clone(), section.clone());
                    subscriber.send(News::Progress {
                        step,
                        percent,
                        section,
                    });
                }
            }
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        _myself: ActorRef<HubMsg>,
        _event: SupervisionEvent,
        _state: &mut HubState,
    ) -> Result<(), ActorProcessingErr> {
        Ok(())
    }
}

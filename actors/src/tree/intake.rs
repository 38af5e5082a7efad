//! The intake: which calls are the same job, and how many open jobs each key has.
//!
//! Invariant: of two identical calls that arrive together exactly one makes a job. Entries follow durable records, in
//! commit order, so that they are right after a caller went away in the middle of its submission.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::base::ids::{JobId, KeyId};
use crate::domain::record::JobRecord;

/// What is known of an attach or idempotency key.
#[derive(Clone, Debug)]
enum Entry {
    /// Someone is making this job durable right now.
    Committing(watch::Receiver<Option<JobId>>),
    /// This job.
    Job(JobId),
}

/// What to do with a call.
#[derive(Debug)]
pub(crate) enum Claim {
    /// Make the job; dropping the ticket before it is durable gives the key back.
    Make(Ticket),
    /// It exists.
    Attach(JobId),
    /// It is being made: wait for the outcome.
    Wait(watch::Receiver<Option<JobId>>),
}

#[derive(Debug, Default)]
struct Books {
    entries: HashMap<String, Entry>,
    open_by_key: HashMap<KeyId, u32>,
}

/// The books.
#[derive(Debug, Default)]
pub(crate) struct Intake(Mutex<Books>);

/// The right to make the job of a key.
#[derive(Debug)]
pub(crate) struct Ticket {
    intake: Arc<Intake>,
    key: String,
    outcome: watch::Sender<Option<JobId>>,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut books = self.intake.0.lock();
        match books.entries.get(&self.key) {
            Some(Entry::Job(id)) => {
                let _ = self.outcome.send(Some(*id));
            }
            // Not durable: the next caller may try. Waiting ones hear it from the closed channel.
            Some(Entry::Committing(outcome)) if outcome.same_channel(&self.outcome.subscribe()) => {
                books.entries.remove(&self.key);
            }
            // The job has ended since, and someone else makes the next one.
            _ => {}
        }
    }
}

impl Intake {
    /// Claims `key`, a digest that tells one call from another.
    pub(crate) fn claim(self: &Arc<Self>, key: &str) -> Claim {
        let mut books = self.0.lock();
        match books.entries.get(key) {
            Some(Entry::Job(id)) => Claim::Attach(*id),
            Some(Entry::Committing(outcome)) => Claim::Wait(outcome.clone()),
            None => {
                let (sender, receiver) = watch::channel(None);
                books
                    .entries
                    .insert(key.to_owned(), Entry::Committing(receiver));
                Claim::Make(Ticket {
                    intake: Arc::clone(self),
                    key: key.to_owned(),
                    outcome: sender,
                })
            }
        }
    }

    /// Open jobs of a key.
    pub(crate) fn open_jobs(&self, key: KeyId) -> u32 {
        self.0.lock().open_by_key.get(&key).copied().unwrap_or(0)
    }

    /// A new job is durable.
    pub(crate) fn opened(&self, record: &JobRecord) {
        let mut books = self.0.lock();
        *books.open_by_key.entry(record.key).or_default() += 1;
        for key in [&record.attach_key, &record.idempotency_key]
            .into_iter()
            .flatten()
        {
            books.entries.insert(key.clone(), Entry::Job(record.id));
        }
    }

    /// A job has ended: identical calls make a new one; its idempotency key stays until [`Self::forget`].
    pub(crate) fn closed(&self, record: &JobRecord) {
        let mut books = self.0.lock();
        if let Some(count) = books.open_by_key.get_mut(&record.key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                books.open_by_key.remove(&record.key);
            }
        }
        drop(books);
        if let Some(key) = &record.attach_key {
            self.forget(key, record.id);
        }
    }

    /// An idempotency key of an earlier start, or one that is still remembered.
    pub(crate) fn remember(&self, key: String, job: JobId) {
        self.0.lock().entries.insert(key, Entry::Job(job));
    }

    /// The job that a key names is gone or too old. A key that names another job by now stays; answers `false` then.
    pub(crate) fn forget(&self, key: &str, job: JobId) -> bool {
        let mut books = self.0.lock();
        let is_its = match books.entries.get(key) {
            Some(Entry::Job(known)) => *known == job,
            Some(Entry::Committing(_)) => false,
            None => true,
        };
        if is_its {
            books.entries.remove(key);
        }
        is_its
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_never_takes_back_what_another_caller_claimed() {
        let (intake, job) = (Arc::new(Intake::default()), JobId::from_bytes([1; 16]));
        let Claim::Make(first) = intake.claim("a") else {
            panic!("nobody else claimed it");
        };
        // The first caller's job is durable and over before its ticket is dropped.
        intake.remember("a".to_owned(), job);
        assert!(intake.forget("a", job));
        let Claim::Make(_second) = intake.claim("a") else {
            panic!("the first job is over");
        };
        drop(first);
        assert!(matches!(intake.claim("a"), Claim::Wait(_)));
    }

    #[test]
    fn the_end_of_an_old_job_leaves_the_key_to_the_new_one() {
        let intake = Arc::new(Intake::default());
        let (old, new) = (JobId::from_bytes([1; 16]), JobId::from_bytes([2; 16]));
        intake.remember("k".to_owned(), old);
        intake.remember("k".to_owned(), new);
        assert!(!intake.forget("k", old));
        assert!(matches!(intake.claim("k"), Claim::Attach(job) if job == new));
    }
}

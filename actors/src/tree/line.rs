//! The line of jobs that wait for a permit.
//!
//! Invariant: a job stands in it at most once, the oldest comes first, and a key at its limit lets the others pass at the
//! cost of one look, however many of its jobs wait.

use std::collections::{BTreeMap, HashMap};

use crate::base::ids::{JobId, KeyId};

/// The line.
#[derive(Debug, Default)]
pub(crate) struct Line {
    /// Place in line → job, by key.
    by_key: HashMap<KeyId, BTreeMap<i64, JobId>>,
    /// First place of each key that has jobs here.
    heads: BTreeMap<i64, KeyId>,
    /// Key of each job that stands here.
    keys: HashMap<JobId, KeyId>,
    /// Place given last, at the back and at the front.
    back: i64,
    front: i64,
}

impl Line {
    /// Takes a job in at the back, unless it stands here.
    pub(crate) fn push_back(&mut self, job: JobId, key: KeyId) {
        self.back += 1;
        self.put(self.back, job, key);
    }

    /// Takes a job in at the front, unless it stands here.
    pub(crate) fn push_front(&mut self, job: JobId, key: KeyId) {
        self.front -= 1;
        self.put(self.front, job, key);
    }

    /// The first job whose key `may_start`.
    pub(crate) fn take(&mut self, may_start: impl Fn(KeyId) -> bool) -> Option<JobId> {
        let mut heads = self.heads.iter();
        let (place, key) = heads.find(|(_, key)| may_start(**key))?;
        let (place, key) = (*place, *key);
        self.heads.remove(&place);
        let jobs = self.by_key.get_mut(&key)?;
        let job = jobs.remove(&place)?;
        match jobs.first_key_value() {
            Some((next, _)) => {
                self.heads.insert(*next, key);
            }
            None => {
                self.by_key.remove(&key);
            }
        }
        self.keys.remove(&job);
        Some(job)
    }

    fn put(&mut self, place: i64, job: JobId, key: KeyId) {
        if self.keys.contains_key(&job) {
            return;
        }
        self.keys.insert(job, key);
        let jobs = self.by_key.entry(key).or_default();
        let head = jobs.first_key_value().map(|(place, _)| *place);
        jobs.insert(place, job);
        if head.is_none_or(|head| place < head) {
            if let Some(head) = head {
                self.heads.remove(&head);
            }
            self.heads.insert(place, key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(n: u8) -> JobId {
        JobId::from_bytes([n; 16])
    }

    fn key(n: u8) -> KeyId {
        KeyId::from_bytes([n; 16])
    }

    #[test]
    fn the_oldest_comes_first_and_a_key_at_its_limit_lets_others_pass() {
        let mut line = Line::default();
        for (id, of) in [(1, 1), (2, 1), (3, 2), (4, 1)] {
            line.push_back(job(id), key(of));
        }
        assert_eq!(line.take(|of| of != key(1)), Some(job(3)));
        assert_eq!(line.take(|of| of != key(1)), None);
        let rest: Vec<_> = std::iter::from_fn(|| line.take(|_| true)).collect();
        assert_eq!(rest, [job(1), job(2), job(4)]);
    }

    #[test]
    fn a_job_that_comes_back_goes_first_and_stands_here_once() {
        let mut line = Line::default();
        line.push_back(job(1), key(1));
        line.push_back(job(1), key(1));
        line.push_front(job(2), key(1));
        line.push_front(job(2), key(1));
        let all: Vec<_> = std::iter::from_fn(|| line.take(|_| true)).collect();
        assert_eq!(all, [job(2), job(1)]);
        assert!(line.heads.is_empty() && line.by_key.is_empty() && line.keys.is_empty());
    }
}

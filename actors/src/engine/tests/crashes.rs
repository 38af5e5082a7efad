//! A panic in every kind of actor.
//!
//! Invariant under test: every acknowledged job ends all the same, and no permit is lost.

use ractor::ActorCell;
use tokio::sync::oneshot;

use super::tampered::tampered_bench;
use super::*;
use crate::base::ids::{JobId, SessionId};
use crate::tree::bucket::BucketMsg;
use crate::tree::hub::HubMsg;
use crate::tree::janitor::JanitorMsg;
use crate::tree::jobs::JobsMsg;
use crate::tree::limits::LimitsMsg;
use crate::tree::role::RoleMsg;
use crate::tree::sessions::SessionsMsg;
use crate::tree::supervisor::SupervisorMsg;

#[derive(Clone, Copy, Debug)]
enum Kind {
    Hub,
    Limits,
    Bucket,
    Role,
    Roles,
    Jobs,
    Job,
    Sessions,
    Session,
    Janitor,
}

/// Place of a child in the root's list.
async fn child_of_root(engine: &Engine, index: usize) -> ActorCell {
    let (reply, answer) = oneshot::channel();
    let root = &engine.0.life.root;
    root.cast(SupervisorMsg::Child(index, reply)).unwrap();
    answer.await.unwrap().unwrap()
}

async fn poison(bench: &Bench, kind: Kind, (job, session): (JobId, SessionId)) {
    let slots = &bench.engine.0.deps.slots;
    let is_sent = match kind {
        Kind::Hub => slots.hub.cast(HubMsg::Poison),
        Kind::Limits => slots.limits.cast(LimitsMsg::Poison),
        Kind::Bucket => {
            let purse = bench.engine.0.purses.of(bench.principal.key);
            let bucket = purse.bucket.lock().clone();
            bucket.unwrap().cast(BucketMsg::Poison).is_ok()
        }
        Kind::Role => slots.roles["pm"].0.cast(RoleMsg::Poison),
        Kind::Jobs => slots.jobs.cast(JobsMsg::Poison(None)),
        Kind::Job => slots.jobs.cast(JobsMsg::Poison(Some(job))),
        Kind::Sessions => slots.sessions.cast(SessionsMsg::Poison(None)),
        Kind::Session => slots.sessions.cast(SessionsMsg::Poison(Some(session))),
        Kind::Roles => {
            let cell = child_of_root(&bench.engine, 3).await;
            cell.send_message(SupervisorMsg::Poison).is_ok()
        }
        Kind::Janitor => {
            let cell = child_of_root(&bench.engine, 6).await;
            cell.send_message(JanitorMsg::Poison).is_ok()
        }
    };
    assert!(is_sent, "{kind:?}");
}

/// No attempt is under way or waits, and no permit is out.
async fn all_is_quiet(bench: &Bench) {
    let is_quiet = || {
        let health = bench.engine.health();
        health
            .roles
            .iter()
            .all(|(_, _, running, waiting)| running + waiting == 0)
    };
    eventually("every permit came back", is_quiet).await;
    eventually("every job actor went", || {
        actors_of_jobs(&bench.engine) == 0
    })
    .await;
}

fn actors_of_jobs(engine: &Engine) -> usize {
    let jobs = engine.0.deps.slots.jobs.get();
    jobs.map_or(0, |jobs| jobs.get_cell().get_children().len())
}

/// Three permits, and a key with a bucket.
async fn limited_bench() -> Bench {
    let bench = bench_with(|parts| parts.settings.running_jobs_max = 3).await;
    let own = NewKey {
        requests_per_minute: Some(60_000),
        ..NewKey::named("limited", "internal")
    };
    let (_, key) = bench.engine.create_key(own).await.unwrap();
    let principal = bench.engine.authenticate(&key).unwrap();
    Bench { principal, ..bench }
}

/// Limits and sessions answer again.
async fn all_answer(bench: &Bench, session: &crate::domain::session::SessionRecord) {
    let allowed = bench.engine.allow(&bench.principal, CallClass::Create);
    allowed.await.unwrap();
    drop(bench.engine.open_stream(session).await.unwrap());
}

/// Events are numbered from 1 without gaps.
fn assert_events(record: &crate::domain::record::JobRecord) {
    let seqs: Vec<_> = record.events.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, (1..=record.events_count).collect::<Vec<_>>());
}

async fn all_complete(bench: &Bench, views: &[Arc<JobView>]) {
    for view in views {
        let view = bench.finish(view).await;
        assert_eq!(*view.record.state(), JobState::Completed);
        assert_events(&view.record);
    }
}

async fn survives(kind: Kind) {
    let bench = limited_bench().await;
    let session = bench
        .engine
        .open_session(&bench.principal, NewSession::default())
        .await
        .unwrap();
    let stream = bench.engine.open_stream(&session).await.unwrap();
    bench
        .engine
        .allow(&bench.principal, CallClass::Create)
        .await
        .unwrap();
    bench.script.act("strategy", Act::Wait);
    let mut views = Vec::new();
    for n in 0..6 {
        views.push(bench.submit_nth(n, &["strategy", "code"]).await);
    }
    eventually("three attempts run", || {
        bench.script.calls_of("strategy") == 3
    })
    .await;
    poison(&bench, kind, (views[0].record.id, session.id)).await;
    bench.script.act("strategy", Act::Deliver);
    all_complete(&bench, &views).await;
    // The crash may have met up to three of them in the middle.
    let calls = bench.script.calls_of("code");
    assert!((6..=9).contains(&calls), "{kind:?}: {calls}");
    all_is_quiet(&bench).await;
    drop(stream);
    all_answer(&bench, &session).await;
    assert!(bench.engine.health().ready, "{kind:?}");
    bench.engine.drain(LONG).await;
}

#[tokio::test]
async fn a_panic_in_any_kind_of_actor_leaves_no_job_behind_and_no_permit_out() {
    use Kind::{Bucket, Hub, Janitor, Job, Jobs, Limits, Role, Roles, Session, Sessions};
    let kinds = [
        Hub, Limits, Bucket, Role, Roles, Jobs, Job, Sessions, Session, Janitor,
    ];
    futures_util::future::join_all(kinds.map(survives)).await;
}

#[tokio::test]
async fn a_job_whose_actor_crashes_before_it_began_is_begun_again() {
    let (bench, store) = tampered_bench(|_| {}).await;
    store
        .refused_starts
        .store(1, std::sync::atomic::Ordering::SeqCst);
    let view = bench.submit(&["strategy"]).await;
    let view = bench.finish(&view).await;
    assert_eq!(*view.record.state(), JobState::Completed);
    all_is_quiet(&bench).await;
}

#[tokio::test]
async fn a_job_that_is_parked_before_it_began_is_given_up_in_time() {
    let (bench, store) = tampered_bench(|parts| {
        parts.settings.job.crashes_max = 1;
        parts.settings.job.pipeline_timeout = Duration::from_millis(50);
        parts.settings.janitor_interval = Duration::from_millis(10);
    })
    .await;
    store
        .refused_starts
        .store(1, std::sync::atomic::Ordering::SeqCst);
    let view = bench.submit(&["strategy"]).await;
    let id = view.record.id;
    let view = || bench.engine.peek(&bench.principal, id).unwrap();
    eventually("given up", || view().record.state().is_terminal()).await;
    let error = view().record.state().error().cloned();
    assert_eq!(error.unwrap().code, ErrorCode::AgentFailure);
    all_is_quiet(&bench).await;
}

#[tokio::test]
async fn a_step_whose_commit_is_under_way_when_the_parent_of_jobs_crashes_does_not_run_again() {
    let (bench, store) = tampered_bench(|_| {}).await;
    bench.script.act("strategy", Act::Wait);
    let view = bench.submit(&["strategy"]).await;
    eventually("it runs", || bench.script.calls_of("strategy") == 1).await;
    store.hold(view.record.id);
    bench.script.act("strategy", Act::Deliver);
    eventually("its end is submitted", || store.held() == 1).await;
    bench.engine.0.deps.slots.jobs.cast(JobsMsg::Poison(None));
    eventually("the next parent came", || store.held() == 2).await;
    store.open();
    let view = bench.finish(&view).await;
    assert_eq!(*view.record.state(), JobState::Completed);
    assert_eq!(bench.script.calls_of("strategy"), 1);
}

#[tokio::test]
async fn a_job_that_is_being_cancelled_is_not_begun() {
    let (bench, store) = tampered_bench(|parts| parts.settings.running_jobs_max = 1).await;
    bench.script.act("strategy", Act::Wait);
    let first = bench.submit_nth(1, &["strategy"]).await;
    let second = bench.submit_nth(2, &["ux"]).await;
    let third = bench.submit_nth(3, &["code"]).await;
    store.hold(second.record.id);
    let (engine, principal) = (bench.engine.clone(), Arc::clone(&bench.principal));
    let id = second.record.id;
    let cancelled = tokio::spawn(async move { engine.cancel(&principal, id, None).await });
    eventually("its end is submitted", || store.held() == 1).await;
    bench.script.act("strategy", Act::Deliver);
    for view in [&first, &third] {
        bench.finish(view).await;
    }
    assert_eq!(store.held(), 1, "two actors wrote the same job");
    store.open();
    let ended = cancelled.await.unwrap().unwrap();
    assert_eq!(*ended.record.state(), JobState::Cancelled);
    assert_eq!(bench.script.calls_of("ux"), 0);
    all_is_quiet(&bench).await;
}

#[tokio::test]
async fn a_subscription_from_before_a_restart_of_the_hub_does_not_end_a_new_one() {
    let bench = bench().await;
    bench.script.act("strategy", Act::Wait);
    let view = bench.submit(&["strategy"]).await;
    let mut old = bench.engine.watch(view.record.id).await.unwrap();
    bench.engine.0.deps.slots.hub.cast(HubMsg::Poison);
    while old.next().await.is_some() {}
    let mut new = bench.engine.watch(view.record.id).await.unwrap();
    drop(old);
    bench.engine.watch(view.record.id).await.unwrap();
    bench.script.act("strategy", Act::Deliver);
    loop {
        let news = new.next().await.expect("the new one was ended");
        if matches!(news, News::Event(_, record) if record.state().is_terminal()) {
            break;
        }
    }
}

#[tokio::test]
async fn a_session_whose_stream_went_with_its_parent_still_ends() {
    let bench = bench_with(|parts| {
        parts.settings.session_idle_max = Duration::from_millis(30);
        parts.settings.janitor_interval = Duration::from_millis(10);
    })
    .await;
    let opened = bench
        .engine
        .open_session(&bench.principal, NewSession::default());
    let session = opened.await.unwrap();
    let mut stream = bench.engine.open_stream(&session).await.unwrap();
    bench
        .engine
        .0
        .deps
        .slots
        .sessions
        .cast(SessionsMsg::Poison(None));
    stream.replaced().await;
    eventually("it ended", || !bench.engine.0.sessions.has(session.id)).await;
}

#[tokio::test]
async fn a_round_of_the_janitor_that_panics_is_followed_by_the_next() {
    let (bench, store) = tampered_bench(|parts| {
        parts.settings.session_idle_max = Duration::from_millis(10);
        parts.settings.janitor_interval = Duration::from_millis(10);
    })
    .await;
    store
        .session_panics
        .store(2, std::sync::atomic::Ordering::SeqCst);
    let opened = bench
        .engine
        .open_session(&bench.principal, NewSession::default());
    let session = opened.await.unwrap();
    eventually("it ended", || !bench.engine.0.sessions.has(session.id)).await;
    assert_eq!(
        store
            .session_panics
            .load(std::sync::atomic::Ordering::SeqCst),
        0
    );
}

#[tokio::test]
async fn a_failed_store_ends_the_engine_and_says_so() {
    let failure = Failure::default();
    let told = failure.clone();
    let bench = bench_with(|parts| parts.failure = failure).await;
    assert!(bench.engine.health().ready);
    told.store("as ordered".to_owned());
    let reason = bench.engine.failed().await;
    assert_eq!(reason, EngineFailure::Store("as ordered".to_owned()));
    assert!(!bench.engine.health().ready);
}

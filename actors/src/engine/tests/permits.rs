//! How many run at the same time.
//!
//! Invariant under test: never more than the permits of process, key and role allow, also over crashes, and every permit
//! comes back.

use super::*;
use crate::tree::jobs::JobsMsg;
use crate::tree::role::RoleMsg;

#[tokio::test]
async fn n_running_jobs_are_n_job_actors_and_waiting_ones_are_none() {
    let bench = bench_with(|parts| parts.settings.running_jobs_max = 12).await;
    bench.script.act("strategy", Act::Wait);
    let mut views = Vec::new();
    for n in 0..40 {
        views.push(bench.submit_nth(n, &["strategy"]).await);
    }
    eventually("twelve run", || bench.script.calls_of("strategy") == 12).await;
    let jobs = bench.engine.0.deps.slots.jobs.get().unwrap().get_cell();
    assert_eq!(jobs.get_children().len(), 12);
    bench.script.act("strategy", Act::Deliver);
    for view in &views {
        bench.finish(view).await;
    }
    assert_eq!(bench.script.peak(), 12);
    eventually("all went", || jobs.get_children().is_empty()).await;
}

#[tokio::test]
async fn a_job_that_crashed_waits_for_a_permit_like_any_other() {
    let bench = bench_with(|parts| parts.settings.running_jobs_max = 1).await;
    bench.script.act("strategy", Act::Wait);
    let first = bench.submit_nth(1, &["strategy"]).await;
    eventually("it runs", || bench.script.calls_of("strategy") == 1).await;
    let second = bench.submit_nth(2, &["strategy"]).await;
    let jobs = &bench.engine.0.deps.slots.jobs;
    jobs.cast(JobsMsg::Poison(Some(first.record.id)));
    eventually("the other has the permit", || {
        bench.script.calls_of("strategy") == 2
    })
    .await;
    bench.until(&first, |view| view.record.revision > 2).await;
    assert_eq!(bench.script.peak(), 1);
    bench.script.act("strategy", Act::Deliver);
    for view in [&first, &second] {
        assert_eq!(
            *bench.finish(view).await.record.state(),
            JobState::Completed
        );
    }
    assert_eq!(bench.script.peak(), 1);
}

#[tokio::test]
async fn a_role_that_crashed_knows_what_is_still_under_way() {
    let bench = bench_with(|parts| {
        let one = RoleSettings {
            concurrency: 1,
            ..RoleSettings::default()
        };
        parts.settings.roles.insert("pm".to_owned(), one);
    })
    .await;
    bench.script.act("strategy", Act::Wait);
    let load = |engine: &Engine| {
        let health = engine.health();
        let pm = health.roles.into_iter().find(|role| role.0 == "pm");
        pm.map_or((0, 0), |(_, _, running, waiting)| (running, waiting))
    };
    let first = bench.submit_nth(1, &["strategy"]).await;
    let second = bench.submit_nth(2, &["strategy"]).await;
    eventually("one runs, one waits", || load(&bench.engine) == (1, 1)).await;
    let before = bench.engine.0.deps.slots.roles["pm"].0.get().unwrap();
    before.cast(RoleMsg::Poison).unwrap();
    eventually("the next one came", || {
        let now = bench.engine.0.deps.slots.roles["pm"].0.get().unwrap();
        now.get_id() != before.get_id()
    })
    .await;
    eventually("it waits again", || load(&bench.engine) == (1, 1)).await;
    bench.script.act("strategy", Act::Deliver);
    for view in [&first, &second] {
        assert_eq!(
            *bench.finish(view).await.record.state(),
            JobState::Completed
        );
    }
    assert_eq!(
        (bench.script.peak(), bench.script.calls_of("strategy")),
        (1, 2)
    );
    eventually("it came back", || load(&bench.engine) == (0, 0)).await;
}

#[tokio::test]
async fn a_key_gets_its_permit_back_also_when_its_job_is_forgotten_at_once() {
    let bench = bench_with(|parts| parts.settings.finished_views_max = 0).await;
    let principal = principal_of(&bench.engine, "free").await;
    for n in 0..3 {
        let submitted = bench.engine.submit(&principal, nth(n, &["strategy"])).await;
        let id = submitted.unwrap().view.record.id;
        let ended = bench.engine.wait(&principal, id, None, LONG).await.unwrap();
        assert_eq!(*ended.record.state(), JobState::Completed, "job {n}");
    }
}

#[tokio::test]
async fn calls_that_come_together_never_pass_the_limit() {
    let bench = bench().await;
    let principal = principal_of(&bench.engine, "free").await;
    let calls = (0..60).map(|_| bench.engine.allow(&principal, CallClass::Create));
    let answers = futures_util::future::join_all(calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 10);
}

//! The root of the tree: which actors there are, and in which order they start.
//!
//! Invariant: start order top to bottom, stop order bottom to top; three restarts in a minute are allowed, then the
//! process ends.

use std::sync::Arc;
use std::time::Duration;

use ractor::{Actor, ActorRef, SpawnErr};
use tokio::task::JoinHandle;

use super::deps::Deps;
use super::hub::Hub;
use super::janitor::Janitor;
use super::jobs::Jobs;
use super::limits::Limits;
use super::role::Role;
use super::sessions::{SessionTable, Sessions};
use super::slot::Slot;
use super::supervisor::{ChildSpec, Intensity, Supervisor, SupervisorMsg};
use super::watch::{StoreMsg, StoreWatch};

/// Hears why the tree gives up.
pub(crate) type OnGiveUp = Arc<dyn Fn(String) + Send + Sync>;

const ROOT_INTENSITY: Intensity = Intensity {
    restarts_max: 3,
    window: Duration::from_mins(1),
};
const ROLES_INTENSITY: Intensity = Intensity {
    restarts_max: 10,
    window: Duration::from_secs(10),
};

/// A child spec whose actor is made anew by `make` at each start.
fn child<A, F>(name: &str, make: F) -> ChildSpec
where
    A: Actor<Arguments = ()>,
    F: Fn() -> A + Send + Sync + 'static,
{
    let start = Arc::new(move |parent| {
        let actor = make();
        let started: futures_util::future::BoxFuture<'static, _> = Box::pin(async move {
            let (actor, _) = Actor::spawn_linked(None, actor, (), parent).await?;
            Ok(actor.get_cell())
        });
        started
    });
    ChildSpec {
        name: name.to_owned(),
        start,
    }
}

/// The supervisor of the four roles.
fn roles(deps: &Arc<Deps>) -> ChildSpec {
    let deps = Arc::clone(deps);
    let start = Arc::new(move |parent| {
        let specs: Vec<_> = deps
            .slots
            .roles
            .keys()
            .map(|name| role(&deps, name))
            .collect();
        let supervisor = Supervisor {
            name: "roles",
            clock: Arc::clone(&deps.clock),
            intensity: ROLES_INTENSITY,
            // The root decides: it starts the whole subtree again.
            on_give_up: Arc::new(|_| {}),
        };

        let started: futures_util::future::BoxFuture<'static, _> = Box::pin(async move {
            let (actor, _) = Actor::spawn_linked(None, supervisor, specs, parent).await?;
            Ok(actor.get_cell())
        });
        started
    });
    ChildSpec {
        name: "roles".to_owned(),
        start,
    }
}

fn role(deps: &Arc<Deps>, name: &str) -> ChildSpec {
    let (deps, role_name) = (Arc::clone(deps), name.to_owned());
    child(name, move || {
        let (slot, status) = deps.slots.roles[&role_name].clone();
        Role {
            name: role_name.clone(),
            settings: deps
                .settings
                .roles
                .get(&role_name)
                .copied()
                .unwrap_or_default(),
            clock: Arc::clone(&deps.clock),
            slot,
            status,
        }
    })
}

/// Starts the tree.
///
/// # Errors
/// When an actor cannot start.
pub(crate) async fn start(
    deps: &Arc<Deps>,
    sessions: &Arc<SessionTable>,
    store_slot: Slot<StoreMsg>,
    on_give_up: OnGiveUp,
) -> Result<(ActorRef<SupervisorMsg>, JoinHandle<()>), SpawnErr> {
    let store = child("store", move || StoreWatch {
        slot: store_slot.clone(),
    });
    let hub = {
        let deps = Arc::clone(deps);
        child("hub", move || Hub {
            slot: deps.slots.hub.clone(),
            interest: deps.interest.clone(),
            buffer: deps.settings.hub_buffer,
        })
    };
    let limits = {
        let deps = Arc::clone(deps);
        child("limits", move || Limits {
            clock: Arc::clone(&deps.clock),
            slot: deps.slots.limits.clone(),
        })
    };
    let jobs = {
        let deps = Arc::clone(deps);
        child("jobs", move || Jobs {
            deps: Arc::clone(&deps),
        })
    };
    let session_parent = {
        let (deps, table) = (Arc::clone(deps), Arc::clone(sessions));
        child("sessions", move || Sessions {
            slot: deps.slots.sessions.clone(),
            table: Arc::clone(&table),
        })
    };
    let janitor = {
        let (deps, table) = (Arc::clone(deps), Arc::clone(sessions));
        let started_at = deps.clock.now();
        child("janitor", move || Janitor {
            deps: Arc::clone(&deps),
            sessions: Arc::clone(&table),
            started_at,
        })
    };
    let specs = vec![
        store,
        hub,
        limits,
        roles(deps),
        jobs,
        session_parent,
        janitor,
    ];
    let root = Supervisor {
        name: "root",
        clock: Arc::clone(&deps.clock),
        intensity: ROOT_INTENSITY,
        on_give_up,
    };
    Actor::spawn(None, root, specs).await
}

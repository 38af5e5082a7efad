//! What happens when a record becomes durable: readers see it, identical calls find it, watchers hear of it.
//!
//! Invariant: called by the store's writer in commit order; never blocks and never fails.

use std::sync::Arc;

use crate::domain::record::JobRecord;
use crate::observe::metrics;
use crate::ports::store::Publish;
use crate::tree::deps::Slots;
use crate::tree::hub::{HubMsg, Interest};
use crate::tree::intake::Intake;
use crate::tree::jobs::JobsMsg;
use crate::tree::view::View;

pub(super) struct Published {
    pub(super) view: Arc<View>,
    pub(super) intake: Arc<Intake>,
    pub(super) interest: Interest,
    pub(super) slots: Slots,
}

impl Publish for Published {
    fn publish(&self, record: Arc<JobRecord>) {
        let before = self.view.insert(Arc::clone(&record));
        if record.revision == 1 {
            self.intake.opened(&record);
            metrics::job_submitted(&record.tool);
            self.slots.jobs.cast(JobsMsg::Accepted(Arc::clone(&record)));
        }
        if record.state().is_terminal() {
            self.intake.closed(&record);
        }
        if self.interest.has(record.id) {
            let events_before = before.map_or(0, |view| view.record.events_count);
            self.slots.hub.cast(HubMsg::Committed {
                record,
                events_before,
            });
        }
    }
}

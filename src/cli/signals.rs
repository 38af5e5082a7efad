//! Signals that end a command.
//!
//! Invariant: from the moment a value exists the signals no longer end the process by themselves, and they never will
//! again.

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Exit, Failure};

/// Hears them.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Option<Signal>,
}

impl Signals {
    /// SIGINT and SIGTERM. Needs a runtime around it.
    pub(super) fn of_servers() -> Result<Self, Failure> {
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hang_up: None,
        })
    }

    /// SIGINT, SIGTERM and SIGHUP: the terminal of a command may be closed. Needs a runtime around it.
    pub(super) fn of_commands() -> Result<Self, Failure> {
        Ok(Self {
            hang_up: Some(listen(SignalKind::hangup())?),
            ..Self::of_servers()?
        })
    }

    /// Waits for one, and says how a command that it ended exits.
    pub(super) async fn next(&mut self) -> Exit {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => Exit::Terminated,
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = hang_up => Exit::HungUp,
        }
    }
}

fn listen(kind: SignalKind) -> Result<Signal, Failure> {
    let failed = |error| Failure::new(Exit::Io, format!("failed to hear signals: {error}"));
    signal(kind).map_err(failed)
}

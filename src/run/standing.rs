//! Where a run stands that isn't over.

use serde::{Deserialize, Serialize};

/// Where a run stands that isn't over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Its place in the queue, from 1; 0 for a run that waits no more.
    pub position: u64,
    /// Until it goes, in seconds.
    pub wait_seconds: u64,
    /// Until it is done, in seconds.
    pub eta_seconds: u64,
}

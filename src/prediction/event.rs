//! What happens to a prediction, and what to do then.

use fashn::error::RuntimeError;
use serde::{Deserialize, Serialize};

use super::dispatch::StoredBody;
use super::state::{Report, UpstreamId};
use crate::dispatcher::{Attempt, Outcome};

/// What happens to a prediction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// FASHN took the run and gave it this id.
    Accepted(UpstreamId),
    /// FASHN refused the run: no prediction exists there, and no id was handed out here.
    Refused,
    /// A webhook came for it, and claims this id. A hint: FASHN is asked.
    Hinted(UpstreamId),
    /// FASHN was asked and answered.
    Told(Report),
    /// The alarm went off, perhaps late, perhaps twice.
    Alarm,
    /// Its holder wants it forgotten.
    Forget,
    /// The Dispatcher lets it be sent, for the nth time. Told again until somebody says what became of it.
    Permitted(Attempt),
    /// FASHN surely didn't take the nth sending and the Dispatcher lets the run wait again.
    Requeued {
        /// The sending that failed.
        attempt: Attempt,
        /// The body, if it was just stored; none if it still is.
        body: Option<StoredBody>,
        /// When it is given up if it still waits.
        give_up_ms: u64,
    },
    /// The nth sending had no answer: nobody knows, and the body isn't needed any more.
    Unanswered(Attempt),
    /// FASHN surely didn't take the nth sending and won't: it failed. The id was handed out before.
    Rejected {
        /// The sending that failed.
        attempt: Attempt,
        /// Why, for its holder.
        error: RuntimeError,
    },
    /// The Dispatcher took note of what [`Record::report`](super::Record::report) said.
    Reported(Outcome),
    /// FASHN was asked and answered that it is over, and the Dispatcher took note of it before: told and reported in one.
    Settled(Report),
}

/// What to do after an event. Saving is one transaction without an `await` between: the record, the deletion of a
/// body that the record doesn't name any more ([`Record::body`]), and last when there is something to do next
/// ([`Record::due_ms`]). After saving, [`Record::report`] says whether the Dispatcher has to hear of it.
///
/// [`Record::body`]: super::Record::body
/// [`Record::due_ms`]: super::Record::due_ms
/// [`Record::report`]: super::Record::report
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Nothing changed.
    Keep,
    /// Save the record.
    Save,
    /// Save the record, then ask FASHN for the status and come back with [`Event::Told`]; or, if [`Record::would_report`] says so
    /// and the Dispatcher could be told, with [`Event::Settled`].
    ///
    /// [`Record::would_report`]: super::Record::would_report
    Ask(UpstreamId),
    /// Save the record, then send the stored body as the nth attempt: with its answer come [`Event::Accepted`],
    /// [`Event::Requeued`], [`Event::Rejected`] or [`Event::Unanswered`].
    Send(StoredBody, Attempt),
    /// Nothing changed, and the event is not of this prediction.
    Disown,
    /// Wipe all there is.
    Wipe,
}

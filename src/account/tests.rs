//! The account's decisions over rows in memory, event by event.

mod admission;
mod alerts;
mod brakes;
mod deduplication;
mod failures;
mod fairness;
#[path = "../../sqlite-host/src/memory.rs"]
pub(crate) mod memory;
mod messages;
mod notices;
mod opening;
mod settling;
mod staff;

use fashn::models::Credits;
use fashn::response::{RefusalKind, UpstreamId};

use crate::account::admission::{Admission, AdmissionRequest};
use crate::account::event::{
    Effect, SendOutcome, Sent, StatusCall, StatusOutcome, Tx, Verdict, WebhookDecision,
};
use crate::account::notice::Notice;
use crate::account::rows::{MessageId, OutboxMessage, Result, Rows as _, Write};
use crate::account::state::{Account, AccountSettings};
use crate::auth::ids::{AccountId, Attempt, Jurisdiction, Ticket, Visitor};
use crate::config::limits::AccountLimits;
use crate::run::dedup::{DedupKind, DedupName, DedupQuery, Fingerprint};
use crate::run::output::StoredOutput;
use crate::run::record::{DurationClass, Ending, News, Run, RunSpec};
use crate::run::times::tests::TIMES;
use memory::MemoryRows;

/// Noon of a day (UTC).
const NOON: u64 = 1_763_640_000_000;

/// An account on rows in memory, and its clock.
struct Desk {
    rows: MemoryRows,
    account: Account,
    settings: AccountSettings,
    now_ms: u64,
    /// What the last event came to.
    effects: Vec<Effect>,
    writes: Vec<Write>,
    alarm_ms: Option<u64>,
    /// What all events told of.
    notices: Vec<Notice>,
}

impl Desk {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut AccountSettings)) -> Self {
        let mut settings = settings();
        change(&mut settings);
        let rows = MemoryRows::default();
        let account = Account::restore(settings.clone(), &rows, NOON).expect("restores");
        Self {
            rows,
            account,
            settings,
            now_ms: NOON,
            effects: Vec::new(),
            writes: Vec::new(),
            alarm_ms: None,
            notices: Vec::new(),
        }
    }

    /// One event as the object runs it; afterwards memory is what the rows say.
    fn apply<T>(&mut self, event: impl FnOnce(&mut Account, &mut Tx<'_>) -> Result<T>) -> T {
        let (account, now_ms) = (&mut self.account, self.now_ms);
        let (answer, step) = self
            .rows
            .transact(|rows| {
                let (answer, step) = account.apply(rows, now_ms, event)?;
                let writes = step.writes.clone();
                Ok(((answer, step), writes))
            })
            .expect("rows in memory don't fail");
        self.writes = step.writes;
        self.effects = step.effects;
        self.alarm_ms = step.alarm_ms;
        self.notices.extend(step.notices);
        let stored = self.restored();
        assert_eq!(stored.live, self.account.live, "memory is what the rows say");
        assert_eq!(stored.slots_taken, self.account.slots_taken);
        assert_eq!(stored.queue, self.account.queue);
        answer
    }

    fn alarm(&mut self) {
        self.apply(|_, _| Ok(()));
    }

    fn body_stored(&mut self, ticket: Ticket) -> bool {
        self.apply(|account, tx| account.body_stored(tx, ticket))
    }

    fn delete(&mut self, ticket: Ticket) -> bool {
        self.apply(|account, tx| account.delete(tx, ticket))
    }

    fn balance_answered(&mut self, total: Option<u64>, mark: u64) {
        self.apply(|account, _| {
            account.balance_answered(total, mark);
            Ok(())
        });
    }

    /// FASHN's webhook of the current send comes.
    fn webhook(&mut self, ticket: Ticket) -> WebhookDecision {
        let attempt = self.run(&ticket).attempt;
        self.apply(|account, tx| account.webhook(tx, ticket, attempt, upstream(&ticket)))
    }

    fn status_answered(&mut self, ticket: Ticket, answer: StatusOutcome) {
        let upstream = upstream(&ticket);
        let call = StatusCall { ticket, upstream, wants_output: true, is_poll: false };
        self.apply(|account, tx| account.status_answered(tx, &call, answer));
    }

    fn restored(&self) -> Account {
        Account::restore(self.settings.clone(), &self.rows, self.now_ms).expect("restores")
    }

    /// The object is reset: memory is read from the rows.
    fn reset(&mut self) {
        self.account = self.restored();
    }

    fn later(&mut self, ms: u64) -> &mut Self {
        self.now_ms += ms;
        self
    }

    /// The alarm goes off at its time, until this one.
    fn alarms_until(&mut self, end_ms: u64) {
        while let Some(at_ms) = self.alarm_ms.filter(|at_ms| *at_ms <= end_ms) {
            self.now_ms = self.now_ms.max(at_ms);
            self.alarm();
        }
        self.now_ms = end_ms;
    }

    /// The alarm goes off until it lets a run go.
    fn alarms_until_one_goes(&mut self) -> Ticket {
        loop {
            let at_ms = self.alarm_ms.expect("something is waited for");
            self.now_ms = self.now_ms.max(at_ms);
            self.alarm();
            if let Some(ticket) = self.gone().first() {
                return *ticket;
            }
        }
    }

    fn submit(&mut self, request: AdmissionRequest) -> Admission {
        self.apply(|account, tx| account.admit(tx, request))
    }

    /// A run that goes at once.
    fn go(&mut self, number: u8, visitor: &str) -> Ticket {
        let request = request(number, visitor);
        let ticket = request.spec.ticket;
        assert_eq!(self.submit(request), Admission::Go(1));
        ticket
    }

    /// A run that waits with its body stored.
    fn queue(&mut self, number: u8, visitor: &str) -> Ticket {
        let request = request(number, visitor);
        let ticket = request.spec.ticket;
        let admission = self.submit(request);
        assert!(matches!(admission, Admission::Store(_)), "{admission:?}");
        assert!(self.body_stored(ticket));
        ticket
    }

    fn sent(&mut self, ticket: Ticket, attempt: Attempt, outcome: SendOutcome) -> Verdict {
        self.apply(|account, tx| account.sent(tx, Sent { ticket, attempt, outcome }))
    }

    fn accepted(&mut self, ticket: Ticket) {
        let attempt = self.run(&ticket).attempt;
        let outcome = SendOutcome::Accepted(upstream(&ticket));
        assert_eq!(self.sent(ticket, attempt, outcome), Verdict::Noted);
    }

    /// FASHN's webhook comes, and its status says this.
    fn ends(&mut self, ticket: Ticket, ending: Ending) {
        let decision = self.webhook(ticket);
        assert!(matches!(decision, WebhookDecision::Confirm(_)), "{decision:?}");
        self.status_answered(ticket, StatusOutcome::News(News::Over(ending)));
    }

    /// The account asks FASHN's status of its own, and it says this.
    fn ends_by_poll(&mut self, ticket: Ticket, ending: Ending) {
        let call = loop {
            let at_ms = self.alarm_ms.expect("something is waited for");
            self.now_ms = self.now_ms.max(at_ms);
            self.alarm();
            let calls = self.effects.iter().find_map(|effect| match effect {
                Effect::AskStatus(call) => Some(call.clone()),
                _ => None,
            });
            if let Some(call) = calls {
                break call;
            }
        };
        assert!(call.ticket == ticket && call.is_poll);
        let answer = StatusOutcome::News(News::Over(ending));
        self.apply(|account, tx| account.status_answered(tx, &call, answer));
    }

    fn completes(&mut self, ticket: Ticket) {
        self.accepted(ticket);
        self.ends(ticket, completed());
    }

    fn run(&self, ticket: &Ticket) -> Run {
        self.rows
            .run(ticket)
            .expect("rows in memory don't fail")
            .unwrap_or_else(|| panic!("no such run"))
    }

    fn has(&self, ticket: &Ticket) -> bool {
        self.rows.run(ticket).expect("rows").is_some()
    }

    /// Its holder can look it up.
    fn shows(&self, ticket: &Ticket) -> bool {
        self.rows.run(ticket).expect("rows").is_some_and(|run| run.is_visible(self.now_ms))
    }

    fn message(&self, ticket: Ticket) -> Option<OutboxMessage> {
        self.rows.message(&MessageId::of_run(&ticket)).expect("rows in memory don't fail")
    }

    /// The run of the message that the last event began to send.
    fn delivered(&self) -> Option<Ticket> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Deliver(message) => message.ticket,
            _ => None,
        })
    }

    /// The backend took the message, or answered 503.
    fn message_sent(&mut self, ticket: Ticket, is_taken: bool) {
        let failure = (!is_taken).then(|| "it was answered with 503".to_owned());
        let id = MessageId::of_run(&ticket);
        self.apply(|account, tx| account.message_sent(tx, &id, failure));
    }

    /// Runs that the last event let go.
    fn gone(&self) -> Vec<Ticket> {
        let sends = self.effects.iter().filter_map(|effect| match effect {
            Effect::SendBody { ticket, .. } => Some(*ticket),
            _ => None,
        });
        sends.collect()
    }
}

fn account_id() -> AccountId {
    AccountId::of_key("FASHN_API_KEY", Jurisdiction::Global)
}

/// As they are by default.
pub(crate) fn settings() -> AccountSettings {
    AccountSettings {
        name: "FASHN_API_KEY".to_owned(),
        limits: AccountLimits::default(),
        times: TIMES,
        call_ms: 25_000,
        has_merchant_webhook: false,
    }
}

pub(crate) fn request(number: u8, visitor: &str) -> AdmissionRequest {
    let spec = RunSpec {
        ticket: Ticket::mint(account_id(), NOON, [number; 11]),
        visitor: Visitor(visitor.to_owned()),
        is_staff: false,
        shop: "north".to_owned(),
        model: "tryon-v1.6".to_owned(),
        class: DurationClass("tryon-v1.6/10".to_owned()),
        credits: Credits(1),
        expected_ms: 10_000,
        body_bytes: 400,
        webhook_url: None,
    };
    AdmissionRequest {
        spec,
        networks: Vec::new(),
        is_signed_in: false,
        dedup: Vec::new(),
        consent: None,
    }
}

fn keyed(number: u8, visitor: &str, key: &str, body: &str) -> AdmissionRequest {
    AdmissionRequest {
        dedup: vec![
            query(DedupKind::Key, &format!("key {key}"), body),
            query(DedupKind::Likeness, &format!("{visitor} {body}"), body),
        ],
        ..request(number, visitor)
    }
}

fn query(kind: DedupKind, name: &str, body: &str) -> DedupQuery {
    DedupQuery { name: DedupName(name.to_owned()), kind, fingerprint: Fingerprint(body.to_owned()) }
}

fn upstream(ticket: &Ticket) -> UpstreamId {
    UpstreamId::parse(&format!("a-{}", ticket.name())).expect("an id")
}

fn completed() -> Ending {
    Ending::Completed {
        output: StoredOutput { as_images: false, items: Vec::new() },
        credits_used: None,
    }
}

fn failed() -> Ending {
    Ending::Failed(error())
}

fn error() -> fashn::error::RuntimeError {
    fashn::error::RuntimeError {
        name: fashn::error::RuntimeErrorName::PoseError,
        message: "No pose in model image".to_owned(),
    }
}

fn refused(kind: RefusalKind) -> SendOutcome {
    SendOutcome::Refused { kind, retry_after_ms: None, error: error() }
}

//! Log lines: JSON, one an event. `docs/logging.md` lists them. A run is named by the head of a
//! hash of its ticket, a request by its route's pattern; nothing else of a caller is in a line.

use crate::account::notice::{ACCEPTED, Alert, MessageOutcome, Notice, RunNotice, Settlement};
use crate::auth::ids::Ticket;
use crate::config::log_level::LogLevel;
use crate::run::record::Carrier;

/// What a log line is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogEvent<'e> {
    Request(RequestLine<'e>),
    /// Something failed that an operator has to know of.
    Failure {
        /// Which part failed.
        place: &'static str,
        run: Option<Ticket>,
        reason: &'e str,
    },
    /// A row that could not be understood was deleted.
    Quarantined {
        table: &'static str,
        reason: &'e str,
    },
    /// What staff changed, or another line worth reading.
    Note {
        place: &'static str,
        text: &'e str,
    },
    Account(&'e Notice),
}

/// One request and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLine<'e> {
    pub method: Method,
    /// The route's pattern, never the path.
    pub route: &'static str,
    pub status: u16,
    /// Until its answer began.
    pub ms: u64,
    pub request_id: &'e str,
    pub run: Option<Ticket>,
    /// Which kind of problem it was answered with.
    pub problem: Option<&'static str>,
    /// Why, where the gateway or FASHN is at fault.
    pub reason: Option<&'e str>,
}

/// A caller may send any other word as a method, which is in no line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Head,
    Post,
    Delete,
    Options,
    Other,
}

impl Method {
    pub fn of(name: &str) -> Self {
        match name {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "DELETE" => Self::Delete,
            "OPTIONS" => Self::Options,
            _ => Self::Other,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Other => "other",
        }
    }
}

impl RequestLine<'_> {
    /// What changes something is worth a line, and so is every failure. A lookup that is answered,
    /// or leads nowhere, is not: there are many.
    fn level(&self) -> LogLevel {
        let is_read = matches!(self.method, Method::Get | Method::Head | Method::Options);
        match self.status {
            500.. => LogLevel::Error,
            404 => LogLevel::Debug,
            _ if is_read => LogLevel::Debug,
            _ => LogLevel::Info,
        }
    }
}

impl LogEvent<'_> {
    pub fn level(&self) -> LogLevel {
        match self {
            Self::Request(request) => request.level(),
            Self::Failure { .. } | Self::Quarantined { .. } => LogLevel::Error,
            Self::Note { .. } => LogLevel::Info,
            Self::Account(notice) => of_notice(notice),
        }
    }

    pub fn line(&self) -> String {
        let line = Line::new(self.level());
        match self {
            Self::Request(request) => {
                let line = line
                    .text("event", "request")
                    .text("method", request.method.as_str())
                    .text("route", request.route)
                    .number("status", request.status.into())
                    .number("ms", request.ms)
                    .text("request_id", request.request_id);
                let line = line.run(request.run).some("problem", request.problem);
                line.some("reason", request.reason)
            }
            Self::Failure { place, run, reason } => {
                line.text("event", "failure").text("place", place).run(*run).text("reason", reason)
            }
            Self::Note { place, text } => {
                line.text("event", "note").text("place", place).text("text", text)
            }
            Self::Quarantined { table, reason } => {
                line.text("event", "quarantined").text("table", table).text("reason", reason)
            }
            Self::Account(Notice::Run(ticket, notice)) => of_run(line, *ticket, notice),
            Self::Account(Notice::Refused { shop, model, reason }) => line
                .text("event", "refused")
                .text("shop", shop)
                .text("model", model)
                .text("reason", reason.as_str()),
            Self::Account(Notice::Message { id, tries, outcome }) => line
                .text("event", "message")
                .text("message", id.short())
                .number("tries", (*tries).into())
                .text("outcome", outcome.as_str()),
            Self::Account(Notice::Alert(alert)) => {
                let line = line.text("event", "alert").text("alert", alert.name());
                match alert {
                    Alert::Budget { percent } => line.number("percent", (*percent).into()),
                    _ => line,
                }
            }
            Self::Account(Notice::Breaker { is_open }) => {
                line.text("event", if *is_open { "breaker_opened" } else { "breaker_closed" })
            }
        }
        .end()
    }
}

fn of_notice(notice: &Notice) -> LogLevel {
    match notice {
        Notice::Breaker { .. } | Notice::Alert(Alert::Budget { percent: ..100 }) => LogLevel::Warn,
        Notice::Alert(_) => LogLevel::Error,
        Notice::Message { outcome, .. } => match outcome {
            MessageOutcome::Taken => LogLevel::Debug,
            MessageOutcome::Failed => LogLevel::Warn,
            MessageOutcome::Dead => LogLevel::Error,
        },
        // Its request's own line tells of it.
        Notice::Refused { .. } => LogLevel::Debug,
        Notice::Run(_, notice) => match notice {
            RunNotice::WebhookMissed => LogLevel::Warn,
            RunNotice::Reported { outcome, .. } if *outcome != ACCEPTED => LogLevel::Warn,
            RunNotice::Ended { .. } | RunNotice::Settled(_) => LogLevel::Info,
            RunNotice::Admitted { .. }
            | RunNotice::Sent { .. }
            | RunNotice::Reported { .. }
            | RunNotice::Webhook
            | RunNotice::Deleted
            | RunNotice::Expired => LogLevel::Debug,
        },
    }
}

fn of_run(line: Line, ticket: Ticket, notice: &RunNotice) -> Line {
    let of = |event: &str| line.text("event", event).run(Some(ticket));
    match notice {
        RunNotice::Admitted { waits } => {
            of("admitted").text("next", if *waits { "waits" } else { "goes" })
        }
        RunNotice::Sent { attempt, carrier } => {
            let carrier = match carrier {
                Carrier::Worker => "worker",
                Carrier::Body => "body",
            };
            of("sent").number("attempt", (*attempt).into()).text("carrier", carrier)
        }
        RunNotice::Reported { attempt, outcome } => {
            of("reported").number("attempt", (*attempt).into()).text("outcome", outcome)
        }
        RunNotice::Webhook => of("webhook"),
        RunNotice::WebhookMissed => of("webhook_missed"),
        RunNotice::Ended { outcome } => of("ended").text("outcome", outcome.as_str()),
        RunNotice::Settled(settlement) => {
            let Settlement { shop, model, outcome, credits, wait_ms, run_ms } = &**settlement;
            of("settled")
                .text("shop", shop)
                .text("model", model)
                .text("outcome", outcome.as_str())
                .number("credits", (*credits).into())
                .number("wait_ms", *wait_ms)
                .number("run_ms", *run_ms)
        }
        RunNotice::Deleted => of("deleted"),
        RunNotice::Expired => of("expired"),
    }
}

/// A JSON object, field by field.
struct Line(String);

impl Line {
    fn new(level: LogLevel) -> Self {
        Self(format!("{{\"level\":\"{}\"", level.as_str()))
    }

    fn text(mut self, name: &str, value: &str) -> Self {
        self.name(name);
        // A text always serialises.
        self.0.push_str(&serde_json::to_string(value).unwrap_or_default());
        self
    }

    fn number(mut self, name: &str, value: u64) -> Self {
        self.name(name);
        self.0.push_str(&value.to_string());
        self
    }

    fn some(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    fn run(self, ticket: Option<Ticket>) -> Self {
        match ticket {
            Some(ticket) => self.text("run", &ticket.short_hash()),
            None => self,
        }
    }

    fn name(&mut self, name: &str) {
        self.0.extend([",\"", name, "\":"]);
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

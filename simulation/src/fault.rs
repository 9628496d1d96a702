//! What can go wrong, and where a part may crash: before and after each write of the edge's steps
//! (`docs/dispatcher.md` has the table).

/// What can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// FASHN's call of a webhook doesn't arrive.
    WebhookLost,
    /// It arrives five times at once.
    WebhookTwice,
    /// It arrives up to a quarter of an hour late.
    WebhookLate,
    /// A token that wasn't minted here, with an id that FASHN has.
    WebhookForgedToken,
    /// The right token, with an id that FASHN doesn't have.
    WebhookForgedId,
    /// The right token, with the id of another run of ours.
    WebhookForeignId,
    /// The right token and id, and a body that claims the run completed.
    WebhookForgedStatus,
    /// FASHN: `RateLimitExceeded`.
    RateLimit,
    /// FASHN: `ConcurrencyLimitExceeded`.
    Concurrency,
    /// FASHN: `OutOfCredits`.
    OutOfCredits,
    /// FASHN's own 500.
    ServerError,
    /// No answer, and FASHN didn't take the run.
    TimeoutBeforeAcceptance,
    /// No answer, and FASHN took it.
    TimeoutAfterAcceptance,
    /// A run takes longer than it may.
    RunStuck,
    /// FASHN refuses to tell a status.
    StatusRefused,
    /// The Worker, let in by the Dispatcher, before it creates the Prediction.
    WorkerCrashBeforeCreate,
    /// The Worker, the Prediction created, before it sends the run.
    WorkerCrashBeforeSend,
    /// Whoever sent a run, before its answer.
    SenderCrashBeforeAnswer,
    /// Whoever sent a run, the Dispatcher told of the answer and the Prediction not.
    SenderCrashBetweenReports,
    /// Whoever sent a run that was refused, the Dispatcher told and the Prediction not.
    SenderCrashBeforeVerdict,
    /// Whoever wants a status, its permit taken, before FASHN is asked.
    AskerCrashBeforeQuestion,
    /// Whoever wants a status, FASHN's answer there, before the Prediction is told.
    AskerCrashBeforeTold,
    /// The Prediction, before it writes.
    PredictionCrashBeforeWrite,
    /// The Prediction, after it wrote.
    PredictionCrashAfterWrite,
    /// The Prediction, the Dispatcher told of its end, before it writes it.
    PredictionCrashBeforeSettled,
    /// The Prediction, its end written and then told to the Dispatcher, before it notes so.
    PredictionCrashBeforeReported,
    /// The Dispatcher, before it writes.
    DispatcherCrashBeforeWrite,
    /// The Dispatcher, after it wrote, before it answers.
    DispatcherCrashAfterWrite,
    /// The Dispatcher, after it answered, before the effects.
    DispatcherCrashAfterAnswer,
    /// The Dispatcher, FASHN's balance there, before it notes it.
    DispatcherCrashBeforeBalance,
    /// The Dispatcher's memory is gone, and it wakes up where the clock is slightly different.
    DispatcherEvicted,
    /// The gateway's clock jumps by up to two minutes, either way.
    ClockJump,
    /// An alarm goes off twice.
    AlarmTwice,
    /// An alarm is up to a minute late.
    AlarmLate,
    /// A message to the Dispatcher arrives twice.
    MessageTwice,
    /// A request comes again with its `Idempotency-Key`, whatever became of the first.
    PressedAgain,
    /// A shopper wants a run forgotten.
    Forget,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 37] = [
        Self::WebhookLost,
        Self::WebhookTwice,
        Self::WebhookLate,
        Self::WebhookForgedToken,
        Self::WebhookForgedId,
        Self::WebhookForeignId,
        Self::WebhookForgedStatus,
        Self::RateLimit,
        Self::Concurrency,
        Self::OutOfCredits,
        Self::ServerError,
        Self::TimeoutBeforeAcceptance,
        Self::TimeoutAfterAcceptance,
        Self::RunStuck,
        Self::StatusRefused,
        Self::WorkerCrashBeforeCreate,
        Self::WorkerCrashBeforeSend,
        Self::SenderCrashBeforeAnswer,
        Self::SenderCrashBetweenReports,
        Self::SenderCrashBeforeVerdict,
        Self::AskerCrashBeforeQuestion,
        Self::AskerCrashBeforeTold,
        Self::PredictionCrashBeforeWrite,
        Self::PredictionCrashAfterWrite,
        Self::PredictionCrashBeforeSettled,
        Self::PredictionCrashBeforeReported,
        Self::DispatcherCrashBeforeWrite,
        Self::DispatcherCrashAfterWrite,
        Self::DispatcherCrashAfterAnswer,
        Self::DispatcherCrashBeforeBalance,
        Self::DispatcherEvicted,
        Self::ClockJump,
        Self::AlarmTwice,
        Self::AlarmLate,
        Self::MessageTwice,
        Self::PressedAgain,
        Self::Forget,
    ];

    /// How often it may happen, in thousandths of its occasions; a history takes one of them.
    pub(crate) fn rates(self) -> [u16; 4] {
        match self {
            // So many times at most.
            Self::ClockJump => [0, 0, 1, 5],
            Self::OutOfCredits | Self::RunStuck => [0, 0, 10, 50],
            Self::WebhookLost | Self::WebhookTwice | Self::WebhookLate => [0, 50, 300, 1_000],
            Self::PredictionCrashBeforeWrite
            | Self::PredictionCrashAfterWrite
            | Self::DispatcherCrashBeforeWrite
            | Self::DispatcherCrashAfterWrite
            | Self::DispatcherCrashAfterAnswer
            | Self::DispatcherEvicted
            | Self::WorkerCrashBeforeCreate
            | Self::WorkerCrashBeforeSend
            | Self::SenderCrashBeforeAnswer
            | Self::SenderCrashBetweenReports
            | Self::SenderCrashBeforeVerdict
            | Self::AskerCrashBeforeQuestion
            | Self::AskerCrashBeforeTold
            | Self::PredictionCrashBeforeSettled
            | Self::PredictionCrashBeforeReported
            | Self::MessageTwice => [0, 5, 20, 80],
            _ => [0, 10, 50, 200],
        }
    }
}

/// How often each fault happens in a history, in thousandths of its occasions.
#[derive(Debug, Clone)]
pub(crate) struct Rates([u16; Fault::ALL.len()]);

impl Rates {
    pub fn of(faults: &[(Fault, u16)]) -> Self {
        let mut rates = [0; Fault::ALL.len()];
        for (fault, rate) in faults {
            if let Some(known) = rates.get_mut(*fault as usize) {
                *known = *rate;
            }
        }
        Self(rates)
    }

    pub fn get(&self, fault: Fault) -> u16 {
        self.0.get(fault as usize).copied().unwrap_or(0)
    }
}

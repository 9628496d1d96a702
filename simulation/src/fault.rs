//! What can go wrong around the gateway's own steps.

macro_rules! faults {
    ($($(#[$doc:meta])+ $name:ident: $rates:expr,)+) => {
        /// What can go wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault {
            $($(#[$doc])+ $name,)+
        }

        impl Fault {
            /// All of them.
            pub const ALL: [Self; [$(Self::$name),+].len()] = [$(Self::$name),+];

            /// How often it may happen, in thousandths of its occasions.
            #[must_use]
            pub fn rates(self) -> &'static [u16] {
                match self {
                    $(Self::$name => &$rates,)+
                }
            }
        }
    };
}

faults! {
    /// An invocation is gone at a call of a port.
    InvocationCut: [2, 10, 40],
    /// An object is reset at a call of a port: memory and tasks are gone, storage and alarm stay.
    ObjectReset: [2, 10, 30],
    /// An object's storage fails.
    StorageFails: [2, 10, 30],
    /// The storage takes the writes of a turn and then not its alarm: nothing of it is stored.
    AlarmNotSet: [5, 20],
    /// An alarm is up to a minute late.
    AlarmLate: [10, 200],
    /// An alarm goes off twice.
    AlarmTwice: [10, 200],
    /// An alarm never comes.
    AlarmLost: [5, 50],
    /// An object sheds load: the message took no effect.
    Overloaded: [5, 50],
    /// A message doesn't arrive.
    MessageLost: [5, 50],
    /// A message takes effect, and its answer doesn't arrive.
    AnswerLost: [5, 50],
    /// A message arrives twice.
    MessageTwice: [10, 100],
    /// A message takes up to three seconds.
    MessageSlow: [10, 100],
    /// Workers KV fails.
    OutputStoreFails: [20, 200],
    /// A body's upload breaks off.
    UploadBreaks: [10, 100],
    /// FASHN is not reached: no run was sent.
    NotConnected: [10, 100],
    /// FASHN takes a run, and its answer is lost.
    RunAnswerLost: [10, 100],
    /// Nothing is heard of a send, and FASHN doesn't have it.
    RunLost: [10, 100],
    /// FASHN answers a send with a page that can't be read.
    RunUnreadable: [10, 100],
    /// FASHN's own 500.
    RunFails: [10, 100],
    /// FASHN says 500, and takes the run all the same.
    RunFailsYetRuns: [5, 20],
    /// FASHN refuses the request: 400.
    RunRefused: [10, 50],
    /// The key is refused: 401.
    RunUnauthorized: [5, 20],
    /// `RateLimitExceeded`: somebody else uses the key.
    RunRateLimited: [10, 50],
    /// `ConcurrencyLimitExceeded`: somebody else uses the key.
    RunConcurrency: [10, 50],
    /// `OutOfCredits`.
    RunOutOfCredits: [5, 20],
    /// A run fails at FASHN.
    RunEndsFailed: [50, 200],
    /// A run is canceled at FASHN.
    RunEndsCanceled: [10, 50],
    /// A run takes so long that FASHN stops it.
    RunEndsTimeOut: [10, 50],
    /// A status can't be had.
    StatusFails: [20, 200],
    /// A status isn't answered.
    StatusSilent: [10, 50],
    /// FASHN doesn't know an id yet that it gave out a moment ago.
    StatusBehind: [50, 500],
    /// Somebody else uses the key: too many statuses.
    StatusTooMany: [10, 50],
    /// A webhook is never sent.
    WebhookLost: [50, 300],
    /// A webhook is sent twice.
    WebhookTwice: [50, 300],
    /// A webhook is up to a quarter of an hour late.
    WebhookLate: [20, 100],
    /// A webhook comes before the status says that the run is over.
    WebhookEarly: [20, 100],
    /// A webhook names another run's id.
    WebhookForeignId: [10, 100],
    /// A webhook names an id that FASHN doesn't have.
    WebhookForgedId: [10, 100],
    /// A webhook's token wasn't minted here.
    WebhookForgedToken: [10, 100],
    /// The merchant's backend hangs.
    MerchantHangs: [50, 300],
    /// The merchant's backend refuses.
    MerchantFails: [50, 300],
    /// A clock goes back by up to a minute when its object wakes up.
    ClockBack: [20, 100],
}

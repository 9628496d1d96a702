//! The gateway's own bodies. They are FASHN's with additions, so what FASHN's have is said by `fashn`.

use std::borrow::Cow;

use fashn::advice::Action;
use fashn::choice::Choice as _;
use fashn::error::RuntimeErrorName;
use fashn::fields::FieldError;
use fashn::models::{Credits, ExpectedSeconds, Model};
use fashn::prediction::{Output, Status};
use fashn::schema::Named;
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::schema::{
    Discriminator, KnownFormat, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// The body of `POST /v1/run`: one of ten, told apart by `model_name`.
pub struct RunRequest;

impl RunRequest {
    /// `RunTryonV16`, say: the request for that model, beside the schema of its inputs.
    pub fn name_for(model: Model) -> String {
        format!("Run{}", inputs_name(model))
    }
}

/// The name of a model's inputs among the components.
pub fn inputs_name(model: Model) -> String {
    let mut schemas = model.input_schemas();
    schemas.pop().map(|(name, _)| name).unwrap_or_default()
}

impl PartialSchema for RunRequest {
    fn schema() -> RefOr<Schema> {
        let reference = |model: Model| Ref::from_schema_name(Self::name_for(model));
        let mapping = Model::ALL
            .iter()
            .map(|(name, model)| ((*name).to_owned(), reference(*model).ref_location));
        let one_of = Model::ALL
            .iter()
            .fold(OneOfBuilder::new(), |one_of, (_, model)| one_of.item(reference(*model)));
        one_of
            .description(Some("FASHN's request. Beside model_name and inputs only the gateway's own keys count: an input there is refused, and \
                 what else is there is dropped."))
            .discriminator(Some(Discriminator::with_mapping("model_name", mapping)))
            .into()
    }
}

impl ToSchema for RunRequest {
    fn schemas(schemas: &mut Vec<Named>) {
        for (name, model) in Model::ALL {
            schemas.extend(model.input_schemas());
            let model_name = ObjectBuilder::new()
                .schema_type(SchemaType::Type(Type::String))
                .enum_values(Some([*name]));
            let request = ObjectBuilder::new()
                .property("model_name", model_name)
                .required("model_name")
                .property("inputs", Ref::from_schema_name(inputs_name(*model)))
                .required("inputs")
                .property("garment_signature", garment_signature())
                .property("cache", cache());
            schemas.push((Self::name_for(*model), request.into()));
        }
    }
}

/// The bytes of a picture or a film, as generators know them.
pub struct Bytes;

impl PartialSchema for Bytes {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .into()
    }
}

impl ToSchema for Bytes {}

/// What keeps a run from being answered by an earlier one.
fn cache() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Boolean, Type::Null]))
        .description(Some(
            "`false`: a run of its own, even where the same visitor asked for the same before.",
        ))
}

/// What a shop that signs its garments writes beside a product picture's address.
fn garment_signature() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some(
            "The shop's signature of the product picture's address, where the merchant requires one: HMAC-SHA256 in \
             hexadecimal digits of `fitting-room/garment:` and the address as it is sent.",
        ))
}

/// The request as a form with files: each part that isn't named here is an input by its own name, a file where it is a
/// picture, else a text.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RunForm {
    /// Which model.
    #[schema(examples("tryon-v1.6"))]
    pub model_name: String,
    /// The inputs that are no text, as one JSON object.
    #[schema(examples(r#"{"num_samples":1,"seed":7}"#), nullable = false)]
    pub inputs: Option<String>,
    /// What the shopper has agreed to, where the merchant requires it.
    #[schema(nullable = false)]
    pub consent: Option<String>,
    /// The shop's signature of the product picture's address, where the merchant requires one.
    #[schema(nullable = false)]
    pub garment_signature: Option<String>,
    /// `false`: a run of its own, even where the same visitor asked for the same before.
    #[schema(nullable = false)]
    pub cache: Option<bool>,
    /// The photograph, of the models that have this input.
    #[schema(value_type = Option<String>, format = Binary, nullable = false)]
    pub model_image: Option<String>,
    /// The product's picture, of the models that have this input; its address as a text does as well.
    #[schema(value_type = Option<String>, format = Binary, nullable = false)]
    pub garment_image: Option<String>,
}

/// An error: FASHN's shape, with the fields that are wrong.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// A code: FASHN's own where it has one (`BadRequest`, `RateLimitExceeded`, …).
    #[schema(examples("BadRequest"))]
    pub error: String,
    /// What happened and what to do, in a sentence that may be shown.
    pub message: String,
    /// What a shopper can do.
    pub action: Action,
    /// A sentence for a shopper, where FASHN's own is for developers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<Cow<'static, str>>,
    /// Which fields are wrong, all of them.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub errors: Vec<FieldError>,
    /// The prediction that may exist although this answer is an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The place in the queue that the run would have had, where the queue is why it was not let in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_position: Option<u64>,
}

/// A prediction: FASHN's envelope, and what else is known.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Prediction {
    /// The id that `/v1/run` gave.
    pub id: String,
    /// Where it stands.
    pub status: Status,
    /// The outputs of a completed one: addresses, data URLs, or `_expired`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Output>,
    /// Why there is none.
    pub error: Option<PredictionError>,
    /// When it is forgotten, in seconds since 1970, once it has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
    /// Its place in the queue, from 1, while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_position: Option<u64>,
    /// In how many seconds it should be done, by measured durations, until it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eta_seconds: Option<u64>,
}

/// FASHN's error of a failed prediction, with what it means for a shopper.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PredictionError {
    /// FASHN's name.
    pub name: RuntimeErrorName,
    /// FASHN's sentence.
    pub message: String,
    /// A sentence for a shopper.
    pub advice: Cow<'static, str>,
    /// What a shopper can do.
    pub action: Action,
}

/// What a run would cost and how long it would take. Nothing is spent.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Quote {
    /// What it costs if it completes.
    pub credits: Credits,
    /// How long the run takes, from its acceptance.
    pub expected_seconds: ExpectedSeconds,
    /// Whether it would be let in now.
    pub admitted: bool,
    /// How long it would wait before it goes; or, if it is not let in, before asking again may help.
    pub wait_seconds: u64,
}

/// Whether a shop tries on now, and on what terms.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Shop {
    /// Whether any shopper's run would be taken now.
    pub open: bool,
    /// Why not.
    pub reason: Option<Closed>,
    /// What shoppers may ask for.
    pub models: Vec<Model>,
    /// The terms that a run must agree to, as its `consent`.
    pub consent_version: Option<String>,
    /// How the element has shoppers agree to them.
    pub consent_mode: ConsentMode,
    /// The challenge that a run must pass, where the page is to show its widget by itself.
    pub challenge: Option<Challenge>,
}

/// How shoppers agree to the terms.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentMode {
    /// By the button that starts a run, beside the terms.
    Told,
    /// By a box that is empty at first.
    Ask,
}

/// Why a shop is closed. More reasons may come.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    /// A setting can't be used.
    Settings,
    /// The credits of the day are used up.
    Budget,
    /// FASHN's balance is used up.
    Credits,
    /// The shop has paused trying on.
    Paused,
    /// The credits of the month are used up.
    MonthBudget,
    /// The day's credits are spread over the day, and those until now are used up.
    Pacing,
    /// What is left is for customers that are signed in.
    SignedInOnly,
    /// As many runs wait as may.
    Queue,
    /// FASHN fails.
    Unavailable,
}

/// A widget that gives a token for `cf-turnstile-response`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Challenge {
    /// Always `turnstile`.
    pub provider: String,
    /// The widget's public key.
    pub site_key: String,
    /// The widget's action.
    pub action: String,
}

/// The Worker runs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Live {
    /// Always `ok`.
    pub status: String,
}

/// The Worker can work, or what keeps it from it. Reasons are for staff alone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Ready {
    /// Whether it can.
    pub ready: bool,
    /// Empty when it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problems: Option<Vec<SettingProblem>>,
    /// What an operator should look at, although it works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notices: Option<Vec<Notice>>,
}

/// What an operator should look at.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Notice {
    /// The name of the secret that has the account's FASHN key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// `quarantine`, `breaker`, `balance` or `alarm`.
    pub about: String,
    /// What happened.
    pub message: String,
}

/// Accounts as staff see them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffAccounts {
    /// One for each FASHN key.
    pub accounts: Vec<StaffAccount>,
}

/// One account, by the name of the secret that has its FASHN key. Times are in milliseconds since
/// 1970. An account that doesn't answer has an `error` in place of the rest.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffAccount {
    /// The name of the secret.
    pub account: String,
    /// A sentence, of an account that did not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now_ms: Option<u64>,
    /// The last migration of its database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema_version: Option<u64>,
    /// What an operator should look at; empty if all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notices: Option<Vec<Notice>>,
    /// How many runs aren't settled, by state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs: Option<Value>,
    /// Runs and bodies that wait, their limits, and what holds them back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<Value>,
    /// Slots taken, usable now, and the limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slots: Option<Value>,
    /// Requests in FASHN's windows, of runs and of statuses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub windows: Option<Value>,
    /// Until when FASHN's refusals hold runs, statuses and slots back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff: Option<Value>,
    /// `closed`, `open` or `half_open`, and until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaker: Option<Value>,
    /// Credits of the day (UTC): spent, reserved, budgets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<Value>,
    /// FASHN's balance as it was last told, and the floor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<Value>,
    /// Messages to the merchant's backend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outbox: Option<Value>,
    /// When it goes off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm: Option<Value>,
    /// Stored rows that could not be understood, the newest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<Vec<Value>>,
}

/// What a shopper has agreed to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConsentReceipt {
    /// The version of the terms: the setting `CONSENT_VERSION` of then.
    pub version: String,
    /// SHA-256 of the words that were shown, where the page told it.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub text_hash: Option<String>,
    /// When the run was asked for, in milliseconds since 1970, to the second.
    pub at_ms: u64,
    /// The run, by the first 8 hexadecimal digits of its hash, as the log has it.
    pub run: String,
}

/// The caller.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffMe {
    /// As `STAFF_ROLES` names the role; `owner` by the staff token.
    pub name: String,
    /// `owner` or `viewer`.
    pub role: String,
    /// The one shop that the role is about; the default shop's name is empty.
    pub shop: Option<String>,
    /// The shops that it sees.
    pub shops: Vec<String>,
    /// Bounds of brakes.
    pub settings: BrakeBounds,
}

/// The settings that no brake goes above.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BrakeBounds {
    pub day_credits: u64,
    pub month_credits: u64,
    pub visitor_day_tries: u64,
}

/// Brakes of shops.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffBrakes {
    /// The accounts that were asked.
    pub accounts: Vec<AskedAccount>,
    pub brakes: Vec<Brakes>,
}

/// What staff have set for a shop. It holds shoppers; staff's own runs go on. A number that is null leaves the setting.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Brakes {
    /// Empty: the default shop.
    pub shop: String,
    pub is_paused: bool,
    pub day_credits: Option<u64>,
    pub month_credits: Option<u64>,
    /// The day's credits are spread over the day (UTC), an hour ahead.
    pub pacing: bool,
    /// The last part of the day's credits, in percent, that guests may not spend.
    pub signed_in_share: u32,
    pub signed_in_only: bool,
    /// Runs of one guest in a day.
    pub guest_day_tries: Option<u64>,
    /// Runs of one customer that is signed in.
    pub signed_in_day_tries: Option<u64>,
    /// Credits that are spent or reserved.
    pub spent: Spent,
    /// Of the shop's key.
    pub settings: BrakeBounds,
}

/// Credits of this day and month (UTC).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Spent {
    pub day: u64,
    pub month: u64,
}

/// Brakes to be set.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BrakesChange {
    /// Without it the operator's own shop, or the default shop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shop: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_paused: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_credits: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub month_credits: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pacing: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_in_share: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_in_only: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guest_day_tries: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_in_day_tries: Option<u64>,
}

/// What staff changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffAudit {
    /// The accounts that were asked.
    pub accounts: Vec<AskedAccount>,
    pub changes: Vec<AuditEntry>,
}

/// One of them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Milliseconds since 1970.
    pub at_ms: u64,
    /// The name of the role.
    pub by: String,
    pub shop: String,
    /// `is_paused: false → true`, or another change: `breaker: closed`.
    pub change: String,
}

/// A run as staff see it. Times are in milliseconds since 1970.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffRun {
    pub shop: String,
    pub model: String,
    /// `receiving`, `queued`, `sending`, `unknown`, `running`, `completed`, `failed`, `canceled` or `time_out`.
    pub state: String,
    pub admitted_ms: u64,
    pub ended_ms: Option<u64>,
    /// The last send, from 1; 0 before it.
    pub attempt: u32,
    /// How often FASHN answered a send with a 500 of its own.
    pub failures: u32,
    /// What it cost, or what is reserved for it.
    pub credits: u64,
    /// The name of what went wrong.
    pub error: Option<String>,
    /// When it is deleted.
    pub expires_ms: Option<u64>,
}

/// What was counted on some days.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffFigures {
    /// The first of the days, counted from 1970 (UTC).
    pub from_day: u64,
    /// Today.
    pub to_day: u64,
    /// The accounts that were asked.
    pub accounts: Vec<AskedAccount>,
    /// Upper bounds of the histograms' buckets, in milliseconds. The last bucket has none.
    pub bounds_ms: Vec<u64>,
    /// Runs.
    pub runs: Vec<RunFigures>,
    /// Runs that failed, by the name of their error. Of one day, shop and model 24 names are told apart; further ones are
    /// `Other`.
    pub failures: Vec<FailureFigures>,
    /// What pages told. Beyond 5,000 rows those of the earliest days come as one row a shop.
    pub products: Vec<ProductFigures>,
    /// Orders with a line that was tried on.
    pub orders: Vec<OrderFigures>,
    /// Orders and visitors of a holdout's groups; visitors stand in the rows without a currency.
    pub groups: Vec<OrderFigures>,
}

/// What a shop's pages told of a product on a day.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProductFigures {
    pub day: u64,
    pub shop: String,
    /// Empty: without an id, or beyond 500 a day and shop.
    pub product: String,
    pub impressions: u64,
    pub opens: u64,
    pub tries: u64,
    pub results: u64,
    pub carts: u64,
}

/// Orders of a day, shop and currency.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderFigures {
    pub day: u64,
    pub shop: String,
    /// `shown` or `held`, of a holdout.
    pub group: Option<String>,
    /// Its ISO 4217 code.
    pub currency: String,
    pub visitors: u64,
    pub orders: u64,
    pub lines: u64,
    /// In the currency's smallest unit.
    pub amount_minor: u64,
}

/// An account that was asked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AskedAccount {
    /// The name of the secret that has its FASHN key.
    pub account: String,
    /// A sentence, if it did not answer.
    pub error: Option<String>,
}

/// Runs of a day, shop and model.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RunFigures {
    /// When they were admitted.
    pub day: u64,
    /// Empty: the default shop.
    pub shop: String,
    pub model: String,
    pub completed: u64,
    /// Failed, refused or canceled by FASHN.
    pub failed: u64,
    pub timed_out: u64,
    /// Requests that an earlier run answered.
    pub joined: u64,
    pub credits: u64,
    /// Completed runs by the time from admission to slot, a number for each bucket. Empty buckets at the end are left out.
    pub wait: Vec<u64>,
    /// The same by the time from slot to end.
    pub run: Vec<u64>,
}

/// Runs of a day, shop and model that failed for one reason.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FailureFigures {
    pub day: u64,
    pub shop: String,
    pub model: String,
    /// FASHN's name of the error.
    pub name: String,
    pub count: u64,
}

/// Which account a change is about.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffTarget {
    /// A shop of `SHOPS`; the default shop if it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shop: Option<String>,
}

/// Which run it is about.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffRunId {
    /// The run's id.
    pub id: String,
}

/// What a change came to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StaffChanged {
    /// Whether there was anything to change.
    pub changed: bool,
}

/// Messages that the merchant's backend never took.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeadLetters {
    pub accounts: Vec<AskedAccount>,
    pub dead_letters: Vec<DeadLetter>,
}

/// One of them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeadLetter {
    /// The name of the secret that holds the account's key.
    pub account: String,
    pub id: String,
    /// What it tells, as in `prediction.completed`.
    pub r#type: String,
    /// Of what it tells.
    #[schema(format = DateTime)]
    pub timestamp: String,
    pub tries: u32,
    /// Why the last try failed.
    pub outcome: Option<String>,
    /// When the last try failed.
    #[schema(format = DateTime)]
    pub dead_at: String,
}

/// A setting that is missing or wrong.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SettingProblem {
    /// Its name.
    pub setting: String,
    /// What to do about it.
    pub message: String,
}

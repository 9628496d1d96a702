//! The Prediction object: one a prediction, named by its ticket. It stores the record, takes events in, and its
//! alarm asks FASHN when no webhook came and wipes everything in the end.
//!
//! Stored: key `record`, the JSON of [`Record`].

use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use worker::{
    DurableObject, Env, Method, ObjectNamespace, Request, RequestInit, Response, Result,
    ScheduledTime, State, Stub, console_error, durable_object,
};

use super::confirm;
use super::gateway::{binding, configured, now_ms};
use super::health::missing_binding;
use super::kept_output;
use crate::output::StoredItem;
use crate::prediction::{Decision, Ending, Event, Record, State as PredictionState};
use crate::problem::Problem;
use crate::ticket::Ticket;

const RECORD: &str = "record";

/// What is said to the object.
#[derive(Debug, Serialize, Deserialize)]
enum Command {
    /// Store a new record.
    Create(Record),
    /// Take an event in.
    Event(Event),
    /// Show the record.
    Read,
}

/// What the object says.
#[derive(Debug, Serialize, Deserialize)]
enum Told {
    /// There is no such prediction, or not any more.
    Absent,
    /// It was stored.
    Created,
    /// What the caller has to do.
    Decided(Decision),
    /// The record as it stands.
    Record(Record),
}

/// The way to the objects.
pub struct PredictionObjects(ObjectNamespace);

/// The way to one object.
pub struct PredictionHandle(Stub);

impl PredictionObjects {
    /// The namespace.
    pub fn of(env: &Env) -> std::result::Result<Self, Problem> {
        env.durable_object(binding::PREDICTION)
            .map(Self)
            .map_err(|error| missing_binding(binding::PREDICTION, &error))
    }

    /// One prediction's object.
    pub fn get(&self, ticket: &Ticket) -> std::result::Result<PredictionHandle, Problem> {
        self.0
            .get_by_name(&ticket.object_name())
            .map(PredictionHandle)
            .map_err(failed)
    }
}

impl PredictionHandle {
    /// Stores the record before anything else happens.
    pub async fn create(&self, record: Record) -> std::result::Result<(), Problem> {
        match self.say(&Command::Create(record)).await? {
            Told::Created => Ok(()),
            _ => Err(unexpected()),
        }
    }

    /// Takes an event in. An object that knows of no prediction disowns it.
    pub async fn event(&self, event: Event) -> std::result::Result<Decision, Problem> {
        match self.say(&Command::Event(event)).await? {
            Told::Decided(decision) => Ok(decision),
            Told::Absent => Ok(Decision::Disown),
            _ => Err(unexpected()),
        }
    }

    /// The record.
    pub async fn read(&self) -> std::result::Result<Option<Record>, Problem> {
        match self.say(&Command::Read).await? {
            Told::Record(record) => Ok(Some(record)),
            Told::Absent => Ok(None),
            _ => Err(unexpected()),
        }
    }

    async fn say(&self, command: &Command) -> std::result::Result<Told, Problem> {
        let json =
            serde_json::to_string(command).map_err(|error| Problem::Internal(error.to_string()))?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post)
            .with_body(Some(JsValue::from_str(&json)));
        let request = Request::new_with_init("https://prediction/", &init).map_err(failed)?;
        let mut response = self.0.fetch_with_request(request).await.map_err(failed)?;
        let bytes = response.bytes().await.map_err(failed)?;
        serde_json::from_slice(&bytes)
            .map_err(|error| Problem::Internal(format!("Prediction object: {error}")))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn failed(error: worker::Error) -> Problem {
    Problem::Internal(format!("Prediction object: {error}"))
}

fn unexpected() -> Problem {
    Problem::Internal("Prediction object answered something else than it was asked".to_owned())
}

/// One prediction.
#[durable_object(alarm)]
pub struct PredictionObject {
    state: State,
    env: Env,
}

impl DurableObject for PredictionObject {
    fn new(state: State, env: Env) -> Self {
        Self { state, env }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let bytes = request.bytes().await?;
        let command = serde_json::from_slice(&bytes)?;
        let told = match command {
            Command::Create(record) => {
                self.save(&record).await?;
                Told::Created
            }
            Command::Read => self.load().await?.map_or(Told::Absent, Told::Record),
            Command::Event(event) => self.take(event).await?.map_or(Told::Absent, Told::Decided),
        };
        Response::ok(serde_json::to_string(&told)?)
    }

    /// (1) Decide. (2) Ask FASHN if that is due; the next alarm is set by then. (3) Take in what it says.
    async fn alarm(&self) -> Result<Response> {
        // (1)
        let decision = self.take(Event::Alarm).await?;
        if let (Some(Decision::Ask(upstream)), Some(record)) = (decision, self.load().await?) {
            // (2)
            let ticket = record
                .id
                .ticket()
                .ok_or_else(|| worker::Error::RustError("record without a ticket".to_owned()))?;
            let Ok(configured) = configured(&self.env) else {
                return Response::empty();
            };
            match confirm::ask(&self.env, &configured.settings, &ticket, upstream).await {
                // (3)
                Ok(report) => {
                    self.take(Event::Told(report)).await?;
                }
                Err(problem) => {
                    console_error!(
                        "{}",
                        serde_json::json!({ "level": "error", "route": "alarm", "reason": problem.to_string() })
                    );
                }
            }
        }
        Response::empty()
    }
}

impl PredictionObject {
    /// Takes an event in and does what is to be done here; what the caller has to do is answered.
    async fn take(&self, event: Event) -> Result<Option<Decision>> {
        let is_alarm = event == Event::Alarm;
        let Some(mut record) = self.load().await? else {
            return Ok(None);
        };
        let decision = record.step(event, now_ms());
        match &decision {
            Decision::Save | Decision::Ask(_) | Decision::Send(..) => self.save(&record).await?,
            Decision::Wipe => self.wipe(&record).await?,
            // An alarm is gone once it went off: an early one is set again.
            Decision::Keep if is_alarm => self.set_alarm(&record).await?,
            Decision::Keep | Decision::Disown => {}
        }
        Ok(Some(decision))
    }

    async fn load(&self) -> Result<Option<Record>> {
        let json = self.state.storage().get::<String>(RECORD).await?;
        Ok(match json {
            Some(json) => Some(serde_json::from_slice(json.as_bytes())?),
            None => None,
        })
    }

    /// Writes the record, then sets the alarm that it asks for: last, as an alarm set before a failure would
    /// cancel the retries of the one that is running.
    async fn save(&self, record: &Record) -> Result<()> {
        let json = serde_json::to_string(record)?;
        self.state
            .storage()
            .put_raw(RECORD, JsValue::from_str(&json))
            .await?;
        self.set_alarm(record).await
    }

    async fn set_alarm(&self, record: &Record) -> Result<()> {
        // A number would be taken for an offset.
        #[expect(
            clippy::cast_precision_loss,
            reason = "milliseconds since 1970 are exact in f64 for 285,000 years"
        )]
        let at = js_sys::Date::new(&JsValue::from_f64(record.alarm_ms() as f64));
        self.state.storage().set_alarm(ScheduledTime::new(at)).await
    }

    async fn wipe(&self, record: &Record) -> Result<()> {
        if let (
            PredictionState::Ended {
                ending: Ending::Completed { output, .. },
                ..
            },
            Some(ticket),
        ) = (&record.state, record.id.ticket())
        {
            for (index, item) in output.items.iter().enumerate() {
                if let StoredItem::Kept { pieces, .. } = item {
                    // What is left after a failure is gone with its time-to-live.
                    let _ = kept_output::forget(&self.env, &ticket, index, *pieces).await;
                }
            }
        }
        self.state.storage().delete_alarm().await?;
        self.state.storage().delete_all().await
    }
}

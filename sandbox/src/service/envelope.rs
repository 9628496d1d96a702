//! A run as FASHN reports it.

use fashn::prediction::{Output, Prediction};

use super::state::Service;
use crate::id::PredictionId;
use crate::run::{End, Run, Stage};
use crate::webhook::{Attempt, Kind};

/// Reads one stored output as a data URL.
pub type ReadOutput<'a> = &'a dyn Fn(&PredictionId, u32) -> Option<String>;

impl Service {
    /// The body of status replies and webhooks.
    pub fn envelope(&self, run: &Run, read: ReadOutput<'_>, now_ms: u64) -> Prediction {
        let output = matches!(run.stage, Stage::Ended { end: End::Completed, .. }).then(|| {
            let expired = self.is_expired(run, now_ms);
            let one = |number| {
                if !run.job.base64 {
                    return cdn_url(&run.origin, &run.id, number, run.job.format.extension());
                }
                let data = if expired { None } else { read(&run.id, number) };
                data.unwrap_or_else(|| Output::EXPIRED.to_owned())
            };
            let items: Vec<_> = (0..run.job.outputs).map(one).collect();
            if run.job.in_images { Output::Images { images: items } } else { Output::List(items) }
        });
        let error = match &run.stage {
            Stage::Ended { end: End::Failed(error), .. } => Some(error.clone()),
            _ => None,
        };
        Prediction { id: run.id.as_str().to_owned(), status: run.status(now_ms), output, error }
    }

    /// The URL and the body of an attempt of a run's webhook. Forged keys replace genuine ones.
    pub fn payload(
        &self,
        id: &PredictionId,
        number: usize,
        read: ReadOutput<'_>,
        now_ms: u64,
    ) -> Option<(String, String)> {
        let run = self.runs.get(id)?;
        let webhook = run.webhook.as_ref()?;
        let attempt: &Attempt = webhook.attempts.iter().find(|attempt| attempt.number == number)?;
        let mut body = serde_json::to_value(self.envelope(run, read, now_ms)).ok()?;
        if let (Kind::Forged(change), Some(body)) = (&attempt.kind, body.as_object_mut()) {
            body.extend(change.clone());
        }
        Some((webhook.url.clone(), body.to_string()))
    }
}

/// The address of an output.
pub fn cdn_url(origin: &str, id: &PredictionId, number: u32, ending: &str) -> String {
    format!("{origin}/cdn/{}/output_{number}.{ending}", id.as_str())
}

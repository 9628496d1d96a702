//! What shoppers may ask for: the merchant's choice, the setting `POLICY`. Staff are not bound by
//! it.
//!
//! ```toml
//! [vars.POLICY]
//! models = ["tryon-v1.6", "tryon-max"]        # nothing else is offered
//! max_outputs = 1                             # caps: what is over them is refused
//! max_resolution = "1k"
//! max_generation_mode = "balanced"
//! max_mode = "quality"
//! max_duration = 5
//! max_video_resolution = "720p"
//! prompts = false                             # free text from shoppers
//! [vars.POLICY.pinned."tryon-v1.6"]           # held whatever the shopper asks for
//! moderation_level = "conservative"
//! [vars.POLICY.defaults."tryon-v1.6"]         # where the shopper asks for nothing
//! output_format = "jpeg"
//! ```
//!
//! A field that is left out is as above, without the pinned and default inputs. `moderation_level:
//! none` is never a shopper's to choose; a merchant may pin it.

use std::fmt::Display;

use fashn::choice::Choice;
use fashn::fields::{FieldError, FieldErrors, Fields};
use fashn::models::{
    Duration, GenerationMode, Inputs, Mode, Model, ModerationLevel, OutputCount, PolicyInput,
    Resolution, VideoResolution,
};
use litemap::LiteMap;
use thiserror::Error;

use crate::config::policy::preset::{Precedence, refuse};
pub use preset::{Misfit, Preset};

mod preset;

#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    pub models: Vec<Model>,
    pub max_outputs: OutputCount,
    pub max_resolution: Resolution,
    /// The dearest mode of the tiered models.
    pub max_generation_mode: GenerationMode,
    /// The slowest mode of `tryon-v1.6`; all three cost the same.
    pub max_mode: Mode,
    pub max_duration: Duration,
    pub max_video_resolution: VideoResolution,
    /// Shoppers may write prompts: they pay nothing for what they make the shop draw.
    pub prompts: bool,
    /// Inputs that shoppers can't change.
    pub pinned: LiteMap<Model, Preset>,
    /// Inputs that hold where the shopper gives none.
    pub defaults: LiteMap<Model, Preset>,
}

impl Default for Policy {
    /// Safe for a public shop: the two try-on models, one small picture at a time, no free text.
    fn default() -> Self {
        Self {
            models: vec![Model::TryonV16, Model::TryonMax],
            max_outputs: OutputCount::MIN,
            max_resolution: Resolution::OneK,
            max_generation_mode: GenerationMode::Balanced,
            max_mode: Mode::Quality,
            max_duration: Duration::Five,
            max_video_resolution: VideoResolution::P720,
            prompts: false,
            pinned: LiteMap::new(),
            defaults: LiteMap::new(),
        }
    }
}

/// Why a policy doesn't allow a run.
#[derive(Debug, Error)]
pub enum PolicyError {
    #[error("{} input(s) not offered", .0.len())]
    NotOffered(Vec<FieldError>),
    /// The policy itself doesn't fit.
    #[error(transparent)]
    Misfit(#[from] Misfit),
}

impl Policy {
    /// Reads the setting, a table as JSON.
    pub fn parse(json: &str) -> Result<Self, FieldErrors> {
        let mut fields = Fields::parse(json.as_bytes(), "a field of this table")?;
        let policy = Self::read(&mut fields);
        fields.finish_with(Some(policy))
    }

    /// Reads the table's fields; the faults stay with them.
    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Self {
        let safe = Self::default();
        Self {
            models: fields.choices("models").unwrap_or(safe.models),
            max_outputs: fields.output_count("max_outputs").unwrap_or(safe.max_outputs),
            max_resolution: choice(fields, "max_resolution", safe.max_resolution),
            max_generation_mode: choice(fields, "max_generation_mode", safe.max_generation_mode),
            max_mode: choice(fields, "max_mode", safe.max_mode),
            max_duration: choice(fields, "max_duration", safe.max_duration),
            max_video_resolution: choice(fields, "max_video_resolution", safe.max_video_resolution),
            prompts: fields.flag("prompts").unwrap_or(safe.prompts),
            pinned: Preset::read_each(fields, "pinned"),
            defaults: Preset::read_each(fields, "defaults"),
        }
    }

    /// A model that isn't offered is a fault that says which ones are.
    pub fn offers(&self, model: Model) -> Result<(), FieldError> {
        if self.models.contains(&model) {
            return Ok(());
        }
        let names: Vec<_> = self.models.iter().map(|model| model.name()).collect();
        let message = format!("is not offered here; there is: {}", names.join(", "));
        Err(FieldError::new("model_name", message))
    }

    /// Pins, completes and caps a shopper's inputs, or returns every input that is over a cap or
    /// differs from a pinned value.
    pub fn apply(&self, inputs: &mut Inputs<'_>) -> Result<(), PolicyError> {
        let mut faults = Vec::new();
        if !self.prompts && inputs.prompt().is_some_and(|prompt| !prompt.trim().is_empty()) {
            let message = "is not taken from shoppers here: leave it out";
            faults.push(FieldError::new("inputs.prompt", message));
        }
        let pinned = self.pinned.get(&inputs.model());
        if let Some(preset) = pinned {
            preset.set(inputs, Precedence::Pinned, &mut faults)?;
        }
        if let Some(preset) = self.defaults.get(&inputs.model()) {
            preset.set(inputs, Precedence::Default, &mut faults)?;
        }
        let moderation_pinned = pinned.is_some_and(|preset| preset.moderation_level.is_some());
        self.cap(inputs, moderation_pinned, &mut faults);
        if faults.is_empty() { Ok(()) } else { Err(PolicyError::NotOffered(faults)) }
    }

    fn cap(&self, inputs: &mut Inputs<'_>, moderation_pinned: bool, faults: &mut Vec<FieldError>) {
        let its = inputs.policy_inputs();
        if let Some(level) = its.moderation_level
            && !moderation_pinned
            && level.effective() == ModerationLevel::None
        {
            refuse(&level, "must be conservative or permissive here", faults);
        }
        cap_at(its.outputs, self.max_outputs, |count| count.get().to_string(), faults);
        cap_at(its.resolution, self.max_resolution, Choice::name, faults);
        cap_at(its.video_resolution, self.max_video_resolution, Choice::name, faults);
        cap_at(its.duration, self.max_duration, Choice::name, faults);
        cap_at(its.mode, self.max_mode, Choice::name, faults);
        // What holds when it is left out goes by the resolution, which may just have been set.
        let mode = inputs.policy_inputs().generation_mode;
        cap_at(mode, self.max_generation_mode, Choice::name, faults);
    }
}

fn choice<T: Choice>(fields: &mut Fields<'_, '_>, name: &'static str, safe: T) -> T {
    fields.choice(name).unwrap_or(safe)
}

/// A given value over the cap is refused; FASHN's own default over the cap is lowered to it.
fn cap_at<T: Copy + PartialOrd, S: Display>(
    input: Option<PolicyInput<'_, T>>,
    max: T,
    show: impl Fn(T) -> S,
    faults: &mut Vec<FieldError>,
) {
    let Some(mut input) = input else { return };
    if input.effective() > max && (input.given().is_some() || input.set(max).is_err()) {
        refuse(&input, &format!("must be at most {} here", show(max)), faults);
    }
}

#[cfg(test)]
mod tests;

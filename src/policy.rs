//! What shoppers may ask for: the merchant's choice, `POLICY` in the settings. Staff are not bound by it.
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
//! What is left out is as above, without the pinned and default inputs. `moderation_level: none` is never a
//! shopper's to choose; a merchant may pin it.

use std::fmt::Display;

use fashn::choice::{Choice, must_be_one_of};
use fashn::fields::{Fault, Faults, Fields};
use fashn::models::{
    Duration, GenerationMode, Inputs, Knob, Knobs, Mode, Model, ModerationLevel, OutputCount,
    OutputFormat, Resolution, VideoResolution,
};
use litemap::LiteMap;
use thiserror::Error;

/// The merchant's choice.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// What is offered.
    pub models: Vec<Model>,
    /// The most pictures of one run.
    pub max_outputs: OutputCount,
    /// The largest tier.
    pub max_resolution: Resolution,
    /// The dearest mode of the tiered models.
    pub max_generation_mode: GenerationMode,
    /// The slowest mode of `tryon-v1.6`; all three cost the same.
    pub max_mode: Mode,
    /// The longest clip.
    pub max_duration: Duration,
    /// The largest clip.
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

/// Values for some of a model's inputs, by FASHN's names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preset {
    num_images: Option<OutputCount>,
    resolution: Option<AnyResolution>,
    duration: Option<Duration>,
    generation_mode: Option<GenerationMode>,
    mode: Option<Mode>,
    moderation_level: Option<ModerationLevel>,
    output_format: Option<OutputFormat>,
    return_base64: Option<bool>,
    seed: Option<u32>,
}

/// A picture's `resolution`, or a clip's.
#[derive(Debug, Clone, Copy, PartialEq)]
enum AnyResolution {
    Picture(Resolution),
    Video(VideoResolution),
}

impl AnyResolution {
    fn read(inputs: &mut Fields<'_, '_>) -> Option<Self> {
        const NAME: &str = "resolution";
        let text = inputs.text(NAME)?;
        let read = Resolution::named(&text)
            .map(Self::Picture)
            .or_else(|| VideoResolution::named(&text).map(Self::Video));
        if read.is_none() {
            let picture = must_be_one_of::<Resolution>();
            let video = must_be_one_of::<VideoResolution>();
            inputs.fault(NAME, [picture, video].join("; of a clip it "));
        }
        read
    }
}

/// A policy that can't be kept: it names an input that the model doesn't have, or a value that the run can't have.
/// Nothing is sent then.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("POLICY: {input} of {model} can't be set as it says")]
pub struct Misfit {
    model: &'static str,
    input: &'static str,
}

/// What a policy makes of a run.
#[derive(Debug, Error)]
pub enum Refusal {
    /// The shopper asked for what isn't offered.
    #[error("{} input(s) not offered", .0.len())]
    Faults(Vec<Fault>),
    /// The policy itself doesn't fit.
    #[error(transparent)]
    Misfit(#[from] Misfit),
}

impl Policy {
    /// Reads the setting, a table as JSON.
    ///
    /// # Errors
    /// All that is wrong with it, and where.
    pub fn parse(json: &str) -> Result<Self, Faults> {
        let mut fields = Fields::parse(json.as_bytes(), "a field of this table")?;
        let policy = Self::read(&mut fields);
        fields.finish_with(Some(policy))
    }

    /// Reads the table's fields; the faults stay with them.
    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Self {
        let safe = Self::default();
        Self {
            models: fields.choices("models").unwrap_or(safe.models),
            max_outputs: fields
                .output_count("max_outputs")
                .unwrap_or(safe.max_outputs),
            max_resolution: fields
                .choice("max_resolution")
                .unwrap_or(safe.max_resolution),
            max_generation_mode: fields
                .choice("max_generation_mode")
                .unwrap_or(safe.max_generation_mode),
            max_mode: fields.choice("max_mode").unwrap_or(safe.max_mode),
            max_duration: fields.choice("max_duration").unwrap_or(safe.max_duration),
            max_video_resolution: fields
                .choice("max_video_resolution")
                .unwrap_or(safe.max_video_resolution),
            prompts: fields.flag("prompts").unwrap_or(safe.prompts),
            pinned: Preset::read_each(fields, "pinned"),
            defaults: Preset::read_each(fields, "defaults"),
        }
    }

    /// The model is offered.
    ///
    /// # Errors
    /// A fault that says what is.
    pub fn offers(&self, model: Model) -> Result<(), Fault> {
        if self.models.contains(&model) {
            return Ok(());
        }
        let names: Vec<_> = self.models.iter().map(|model| model.name()).collect();
        Err(Fault::new(
            "model_name",
            format!("is not offered here; there is: {}", names.join(", ")),
        ))
    }

    /// Pins, completes and caps a shopper's inputs.
    ///
    /// # Errors
    /// Every input that is over a cap or differs from a pinned value; or the policy doesn't fit the model.
    pub fn apply(&self, inputs: &mut Inputs<'_>) -> Result<(), Refusal> {
        let model = inputs.model();
        let mut faults = Vec::new();
        if !self.prompts
            && inputs
                .prompt()
                .is_some_and(|prompt| !prompt.trim().is_empty())
        {
            faults.push(Fault::new(
                "inputs.prompt",
                "is not taken from shoppers here: leave it out",
            ));
        }
        let pinned = self.pinned.get(&model);
        if let Some(preset) = pinned {
            preset.set(
                model,
                inputs,
                &mut Pin {
                    faults: &mut faults,
                },
            )?;
        }
        if let Some(preset) = self.defaults.get(&model) {
            preset.set(model, inputs, &mut Complete)?;
        }
        let moderation_pinned = pinned.is_some_and(|preset| preset.moderation_level.is_some());
        self.cap(inputs, moderation_pinned, &mut faults);
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Refusal::Faults(faults))
        }
    }

    fn cap(&self, inputs: &mut Inputs<'_>, moderation_pinned: bool, faults: &mut Vec<Fault>) {
        let knobs = inputs.knobs();
        if let Some(mut knob) = knobs.moderation_level
            && !moderation_pinned
            && knob.effective() == ModerationLevel::None
        {
            refuse(&mut knob, "must be conservative or permissive here", faults);
        }
        at_most(
            knobs.outputs,
            self.max_outputs,
            |count| count.get().to_string(),
            faults,
        );
        at_most(knobs.resolution, self.max_resolution, Choice::name, faults);
        at_most(
            knobs.video_resolution,
            self.max_video_resolution,
            Choice::name,
            faults,
        );
        at_most(knobs.duration, self.max_duration, Choice::name, faults);
        at_most(knobs.mode, self.max_mode, Choice::name, faults);
        // What holds when it is left out goes by the resolution, which may just have been set.
        at_most(
            inputs.knobs().generation_mode,
            self.max_generation_mode,
            Choice::name,
            faults,
        );
    }
}

/// What is asked for over the cap is refused; FASHN's own default over the cap is lowered to it.
fn at_most<T: Copy + PartialOrd, S: Display>(
    knob: Option<Knob<'_, T>>,
    most: T,
    show: impl Fn(T) -> S,
    faults: &mut Vec<Fault>,
) {
    let Some(mut knob) = knob else { return };
    if knob.effective() > most && (knob.given().is_some() || knob.set(most).is_err()) {
        refuse(
            &mut knob,
            &format!("must be at most {} here", show(most)),
            faults,
        );
    }
}

fn refuse<T: Copy + PartialEq>(knob: &mut Knob<'_, T>, message: &str, faults: &mut Vec<Fault>) {
    faults.push(Fault::new(format!("inputs.{}", knob.name()), message));
}

/// How a preset's value meets what the shopper gave.
trait Meet {
    fn meet<T: Copy + PartialEq>(
        &mut self,
        knob: &mut Knob<'_, T>,
        value: T,
    ) -> Result<(), fashn::models::ImpossibleValue>;
}

struct Pin<'f> {
    faults: &'f mut Vec<Fault>,
}

impl Meet for Pin<'_> {
    fn meet<T: Copy + PartialEq>(
        &mut self,
        knob: &mut Knob<'_, T>,
        value: T,
    ) -> Result<(), fashn::models::ImpossibleValue> {
        if knob.given().is_some_and(|given| given != value) {
            refuse(knob, "is set by the shop: leave it out", self.faults);
            return Ok(());
        }
        knob.set(value)
    }
}

struct Complete;

impl Meet for Complete {
    fn meet<T: Copy + PartialEq>(
        &mut self,
        knob: &mut Knob<'_, T>,
        value: T,
    ) -> Result<(), fashn::models::ImpossibleValue> {
        if knob.given().is_some() {
            Ok(())
        } else {
            knob.set(value)
        }
    }
}

impl Preset {
    /// Reads a table of presets by model.
    fn read_each(fields: &mut Fields<'_, '_>, name: &'static str) -> LiteMap<Model, Self> {
        let mut presets = LiteMap::new();
        let Some(mut models) = fields.open(name) else {
            return presets;
        };
        for (name, model) in Model::ALL {
            if let Some(mut inputs) = models.open(name) {
                presets.insert(*model, Self::read(&mut inputs));
                models.close(inputs);
            }
        }
        fields.close(models);
        presets
    }

    fn read(inputs: &mut Fields<'_, '_>) -> Self {
        Self {
            num_images: Self::read_count(inputs),
            resolution: AnyResolution::read(inputs),
            duration: inputs.choice("duration"),
            generation_mode: inputs.choice("generation_mode"),
            mode: inputs.choice("mode"),
            moderation_level: inputs.choice("moderation_level"),
            output_format: inputs.choice("output_format"),
            return_base64: inputs.flag("return_base64"),
            seed: inputs.seed("seed"),
        }
    }

    /// `num_images`, which `tryon-v1.6` calls `num_samples`.
    fn read_count(inputs: &mut Fields<'_, '_>) -> Option<OutputCount> {
        let images = inputs.output_count("num_images");
        let samples = inputs.output_count("num_samples");
        if images.is_some() && samples.is_some() {
            inputs.fault("num_samples", "is num_images by another name: give one");
        }
        images.or(samples)
    }

    fn set(
        &self,
        model: Model,
        inputs: &mut Inputs<'_>,
        meet: &mut impl Meet,
    ) -> Result<(), Misfit> {
        let Knobs {
            outputs,
            resolution,
            video_resolution,
            duration,
            generation_mode,
            mode,
            ..
        } = inputs.knobs();
        let model = model.name();
        one(model, "num_images", outputs, self.num_images, meet)?;
        match self.resolution {
            Some(AnyResolution::Picture(value)) => {
                one(model, "resolution", resolution, Some(value), meet)?;
            }
            Some(AnyResolution::Video(value)) => {
                one(model, "resolution", video_resolution, Some(value), meet)?;
            }
            None => {}
        }
        one(model, "duration", duration, self.duration, meet)?;
        one(
            model,
            "generation_mode",
            generation_mode,
            self.generation_mode,
            meet,
        )?;
        one(model, "mode", mode, self.mode, meet)?;
        let Knobs {
            moderation_level,
            output_format,
            return_base64,
            seed,
            ..
        } = inputs.knobs();
        one(
            model,
            "moderation_level",
            moderation_level,
            self.moderation_level,
            meet,
        )?;
        one(
            model,
            "output_format",
            output_format,
            self.output_format,
            meet,
        )?;
        one(
            model,
            "return_base64",
            return_base64,
            self.return_base64,
            meet,
        )?;
        one(model, "seed", seed, self.seed, meet)
    }
}

fn one<T: Copy + PartialEq>(
    model: &'static str,
    input: &'static str,
    knob: Option<Knob<'_, T>>,
    value: Option<T>,
    meet: &mut impl Meet,
) -> Result<(), Misfit> {
    let Some(value) = value else { return Ok(()) };
    let mut knob = knob.ok_or(Misfit { model, input })?;
    meet.meet(&mut knob, value)
        .map_err(|_| Misfit { model, input })
}

#[cfg(test)]
mod tests;

//! The inputs that a policy pins, and those that hold where a shopper gives none.

use fashn::choice::{Choice, must_be_one_of};
use fashn::fields::{FieldError, Fields};
use fashn::models::{
    Duration, GenerationMode, Inputs, Mode, Model, ModerationLevel, OutputCount, OutputFormat,
    PolicyInput, Resolution, VideoResolution,
};
use litemap::LiteMap;
use thiserror::Error;

/// Values for some of a model's inputs, by FASHN's names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preset {
    pub(super) num_images: Option<OutputCount>,
    pub(super) resolution: Option<Resolution>,
    /// A clip's `resolution`.
    pub(super) video_resolution: Option<VideoResolution>,
    pub(super) duration: Option<Duration>,
    pub(super) generation_mode: Option<GenerationMode>,
    pub(super) mode: Option<Mode>,
    pub(super) moderation_level: Option<ModerationLevel>,
    pub(super) output_format: Option<OutputFormat>,
    pub(super) return_base64: Option<bool>,
    pub(super) seed: Option<u32>,
}

/// A policy that can't be kept: it names an input that the model doesn't have, or a value that the
/// run can't have. Nothing is sent then.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("POLICY: {input} of {model} can't be set as it says")]
pub struct Misfit {
    model: &'static str,
    input: &'static str,
}

/// How a preset's value meets what the shopper gave.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Precedence {
    /// The preset's value holds: the shopper may not give another.
    Pinned,
    /// The shopper's value holds, if there is one.
    Default,
}

impl Preset {
    pub(super) fn read_each(
        fields: &mut Fields<'_, '_>,
        name: &'static str,
    ) -> LiteMap<Model, Self> {
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
        let num_images = read_count(inputs);
        let (resolution, video_resolution) = read_resolution(inputs);
        Self {
            num_images,
            resolution,
            video_resolution,
            duration: inputs.choice("duration"),
            generation_mode: inputs.choice("generation_mode"),
            mode: inputs.choice("mode"),
            moderation_level: inputs.choice("moderation_level"),
            output_format: inputs.choice("output_format"),
            return_base64: inputs.flag("return_base64"),
            seed: inputs.seed("seed"),
        }
    }

    /// Sets the inputs it has values for. A shopper's value that differs from a pinned one is
    /// added to `faults`.
    pub(super) fn set(
        &self,
        inputs: &mut Inputs<'_>,
        precedence: Precedence,
        faults: &mut Vec<FieldError>,
    ) -> Result<(), Misfit> {
        let model = inputs.model().name();
        let its = inputs.policy_inputs();
        let mut setter = Setter { model, precedence, faults };
        setter.set("num_images", its.outputs, self.num_images)?;
        setter.set("resolution", its.resolution, self.resolution)?;
        setter.set("resolution", its.video_resolution, self.video_resolution)?;
        setter.set("duration", its.duration, self.duration)?;
        setter.set("generation_mode", its.generation_mode, self.generation_mode)?;
        setter.set("mode", its.mode, self.mode)?;
        setter.set("moderation_level", its.moderation_level, self.moderation_level)?;
        setter.set("output_format", its.output_format, self.output_format)?;
        setter.set("return_base64", its.return_base64, self.return_base64)?;
        setter.set("seed", its.seed, self.seed)
    }
}

struct Setter<'f> {
    model: &'static str,
    precedence: Precedence,
    faults: &'f mut Vec<FieldError>,
}

impl Setter<'_> {
    fn set<T: Copy + PartialEq>(
        &mut self,
        name: &'static str,
        input: Option<PolicyInput<'_, T>>,
        value: Option<T>,
    ) -> Result<(), Misfit> {
        let Some(value) = value else { return Ok(()) };
        let misfit = Misfit { model: self.model, input: name };
        let Some(mut input) = input else {
            return Err(misfit);
        };
        match (self.precedence, input.given()) {
            (Precedence::Pinned, Some(given)) if given != value => {
                refuse(&input, "is set by the shop: leave it out", self.faults);
                Ok(())
            }
            (Precedence::Default, Some(_)) => Ok(()),
            (Precedence::Pinned, _) | (Precedence::Default, None) => {
                input.set(value).map_err(|_| misfit)
            }
        }
    }
}

/// `num_images`, which `tryon-v1.6` calls `num_samples`.
fn read_count(inputs: &mut Fields<'_, '_>) -> Option<OutputCount> {
    let images = inputs.output_count("num_images");
    let samples = inputs.output_count("num_samples");
    if images.is_some() && samples.is_some() {
        inputs.add_error("num_samples", "is num_images by another name: give one");
    }
    images.or(samples)
}

/// A picture's `resolution`, or a clip's.
fn read_resolution(inputs: &mut Fields<'_, '_>) -> (Option<Resolution>, Option<VideoResolution>) {
    let Some(text) = inputs.text("resolution") else {
        return (None, None);
    };
    let read = (Resolution::named(&text), VideoResolution::named(&text));
    if read == (None, None) {
        let [picture, video] =
            [must_be_one_of::<Resolution>(), must_be_one_of::<VideoResolution>()];
        inputs.add_error("resolution", format!("{picture}; of a clip it {video}"));
    }
    read
}

pub(super) fn refuse<T: Copy + PartialEq>(
    input: &PolicyInput<'_, T>,
    message: &str,
    faults: &mut Vec<FieldError>,
) {
    faults.push(FieldError::new(format!("inputs.{}", input.name()), message));
}

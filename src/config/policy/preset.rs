//! The inputs that a policy pins, and those that hold where a shopper gives none.

use fashn::choice::{Choice, must_be_one_of};
use fashn::fields::{FieldError, Fields};
use fashn::models::{
    Duration, GenerationMode, ImpossibleValue, Inputs, Mode, Model, ModerationLevel, OutputCount,
    OutputFormat, PolicyInput, PolicyInputs, Resolution, VideoResolution,
};
use litemap::LiteMap;
use thiserror::Error;

use crate::config::policy::fault::refuse;

/// Values for some of a model's inputs, by FASHN's names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preset {
    pub(super) num_images: Option<OutputCount>,
    pub(super) resolution: Option<AnyResolution>,
    pub(super) duration: Option<Duration>,
    pub(super) generation_mode: Option<GenerationMode>,
    pub(super) mode: Option<Mode>,
    pub(super) moderation_level: Option<ModerationLevel>,
    pub(super) output_format: Option<OutputFormat>,
    pub(super) return_base64: Option<bool>,
    pub(super) seed: Option<u32>,
}

/// A picture's `resolution`, or a clip's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum AnyResolution {
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
            inputs.add_error(NAME, [picture, video].join("; of a clip it "));
        }
        read
    }
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
pub(super) trait Meet {
    fn meet<T: Copy + PartialEq>(
        &mut self,
        knob: &mut PolicyInput<'_, T>,
        value: T,
    ) -> Result<(), ImpossibleValue>;
}

/// A pinned value: the shopper may not give another.
pub(super) struct Pin<'f> {
    pub faults: &'f mut Vec<FieldError>,
}

impl Meet for Pin<'_> {
    fn meet<T: Copy + PartialEq>(
        &mut self,
        knob: &mut PolicyInput<'_, T>,
        value: T,
    ) -> Result<(), ImpossibleValue> {
        if knob.given().is_some_and(|given| given != value) {
            refuse(knob, "is set by the shop: leave it out", self.faults);
            return Ok(());
        }
        knob.set(value)
    }
}

/// A default: what the shopper gives goes before it.
pub(super) struct Complete;

impl Meet for Complete {
    fn meet<T: Copy + PartialEq>(
        &mut self,
        knob: &mut PolicyInput<'_, T>,
        value: T,
    ) -> Result<(), ImpossibleValue> {
        if knob.given().is_some() { Ok(()) } else { knob.set(value) }
    }
}

impl Preset {
    /// Reads a table of presets by model.
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
            inputs.add_error("num_samples", "is num_images by another name: give one");
        }
        images.or(samples)
    }

    /// Sets the inputs it has values for, where `meet` lets it.
    ///
    /// # Errors
    /// The model doesn't have such an input, or can't have that value.
    pub(super) fn set(
        &self,
        model: Model,
        inputs: &mut Inputs<'_>,
        meet: &mut impl Meet,
    ) -> Result<(), Misfit> {
        let PolicyInputs {
            outputs,
            resolution,
            video_resolution,
            duration,
            generation_mode,
            mode,
            ..
        } = inputs.policy_inputs();
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
        one(model, "generation_mode", generation_mode, self.generation_mode, meet)?;
        one(model, "mode", mode, self.mode, meet)?;
        let PolicyInputs { moderation_level, output_format, return_base64, seed, .. } =
            inputs.policy_inputs();
        one(model, "moderation_level", moderation_level, self.moderation_level, meet)?;
        one(model, "output_format", output_format, self.output_format, meet)?;
        one(model, "return_base64", return_base64, self.return_base64, meet)?;
        one(model, "seed", seed, self.seed, meet)
    }
}

fn one<T: Copy + PartialEq>(
    model: &'static str,
    input: &'static str,
    knob: Option<PolicyInput<'_, T>>,
    value: Option<T>,
    meet: &mut impl Meet,
) -> Result<(), Misfit> {
    let Some(value) = value else { return Ok(()) };
    let mut knob = knob.ok_or(Misfit { model, input })?;
    meet.meet(&mut knob, value).map_err(|_| Misfit { model, input })
}

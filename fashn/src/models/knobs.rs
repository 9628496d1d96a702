//! The inputs that a merchant may cap or pin, whichever model has them.

use super::image_to_video::{Duration, VideoResolution};
use super::options::{DEFAULT_SEED, GenerationMode, OutputCount, OutputFormat, Resolution};
use super::tier::Tier;
use super::tryon_max::MaxGenerationMode;
use super::tryon_v1_6::{Mode, ModerationLevel};

/// A run's settings of cost, safety and delivery, to be read and set. What the model doesn't have is `None`.
#[derive(Default)]
pub struct Knobs<'i> {
    /// `num_images`, or `num_samples` of `tryon-v1.6`.
    pub outputs: Option<Knob<'i, OutputCount>>,
    /// `resolution` of the models that make pictures.
    pub resolution: Option<Knob<'i, Resolution>>,
    /// `resolution` of `image-to-video`.
    pub video_resolution: Option<Knob<'i, VideoResolution>>,
    /// `duration` of `image-to-video`.
    pub duration: Option<Knob<'i, Duration>>,
    /// `generation_mode`.
    pub generation_mode: Option<Knob<'i, GenerationMode>>,
    /// `mode` of `tryon-v1.6`.
    pub mode: Option<Knob<'i, Mode>>,
    /// `moderation_level` of `tryon-v1.6`.
    pub moderation_level: Option<Knob<'i, ModerationLevel>>,
    /// `output_format`.
    pub output_format: Option<Knob<'i, OutputFormat>>,
    /// `return_base64`.
    pub return_base64: Option<Knob<'i, bool>>,
    /// `seed`.
    pub seed: Option<Knob<'i, u32>>,
}

/// One input of one run.
pub struct Knob<'i, T> {
    name: &'static str,
    slot: &'i mut dyn Slot<T>,
    default: T,
    only: Option<T>,
}

/// The run can't have that value: `tryon-max` has no `fast`, a clip with an `end_image` no `480p`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this run cannot have that value")]
pub struct ImpossibleValue;

impl<'i, T: Copy + PartialEq> Knob<'i, T> {
    pub(super) fn new(name: &'static str, slot: &'i mut dyn Slot<T>, default: T) -> Self {
        Self {
            name,
            slot,
            default,
            only: None,
        }
    }

    /// Lets it be set to that value alone.
    pub(super) fn only(mut self, only: Option<T>) -> Self {
        self.only = only;
        self
    }

    /// The input's name on the wire: `num_samples`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What the request says, if it says anything.
    #[must_use]
    pub fn given(&self) -> Option<T> {
        self.slot.get()
    }

    /// What holds: what was given, else FASHN's default. The default of `generation_mode` goes by the
    /// resolution there was when the knobs were taken.
    #[must_use]
    pub fn effective(&self) -> T {
        self.given().unwrap_or(self.default)
    }

    /// Sets it.
    ///
    /// # Errors
    /// The run can't have that value; what was there stays.
    pub fn set(&mut self, value: T) -> Result<(), ImpossibleValue> {
        if self.only.is_some_and(|only| only != value) {
            return Err(ImpossibleValue);
        }
        self.slot.set(value)
    }

    /// Leaves it to FASHN's default.
    pub fn clear(&mut self) {
        self.slot.clear();
    }
}

// Most models have these, by the same names and, but for two of them, with the same defaults.

impl<'i> Knob<'i, Resolution> {
    pub(super) fn resolution(slot: &'i mut Option<Resolution>) -> Self {
        Self::new("resolution", slot, Resolution::OneK)
    }
}

impl<'i> Knob<'i, GenerationMode> {
    /// One that FASHN chooses by the resolution where it isn't given.
    pub(super) fn generation_mode(
        slot: &'i mut Option<GenerationMode>,
        resolution: Option<Resolution>,
    ) -> Self {
        let automatic = Tier::of(resolution, None).generation_mode;
        Self::new("generation_mode", slot, automatic)
    }
}

impl<'i> Knob<'i, OutputCount> {
    pub(super) fn num_images(slot: &'i mut Option<OutputCount>) -> Self {
        Self::new("num_images", slot, OutputCount::default())
    }
}

impl<'i> Knob<'i, OutputFormat> {
    pub(super) fn output_format(slot: &'i mut Option<OutputFormat>, default: OutputFormat) -> Self {
        Self::new("output_format", slot, default)
    }
}

impl<'i> Knob<'i, u32> {
    pub(super) fn seed(slot: &'i mut Option<u32>) -> Self {
        Self::new("seed", slot, DEFAULT_SEED)
    }
}

impl<'i> Knob<'i, bool> {
    pub(super) fn return_base64(slot: &'i mut Option<bool>) -> Self {
        Self::new("return_base64", slot, false)
    }
}

/// Where an input is kept.
pub(super) trait Slot<T> {
    fn get(&self) -> Option<T>;
    fn set(&mut self, value: T) -> Result<(), ImpossibleValue>;
    fn clear(&mut self);
}

impl<T: Copy> Slot<T> for Option<T> {
    fn get(&self) -> Option<T> {
        *self
    }
    fn set(&mut self, value: T) -> Result<(), ImpossibleValue> {
        *self = Some(value);
        Ok(())
    }
    fn clear(&mut self) {
        *self = None;
    }
}

impl Slot<GenerationMode> for Option<MaxGenerationMode> {
    fn get(&self) -> Option<GenerationMode> {
        self.map(GenerationMode::from)
    }
    fn set(&mut self, value: GenerationMode) -> Result<(), ImpossibleValue> {
        *self = Some(MaxGenerationMode::try_from(value).map_err(|()| ImpossibleValue)?);
        Ok(())
    }
    fn clear(&mut self) {
        *self = None;
    }
}

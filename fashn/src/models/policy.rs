//! The inputs that a merchant's policy may read and set, whichever model has them.

use super::options::{
    Duration, GenerationMode, Mode, ModerationLevel, OutputCount, OutputFormat, Resolution,
    VideoResolution,
};
use super::tier::Tier;

/// Declares the inputs with FASHN's usual default. A model with another default names it in its own
/// declaration.
macro_rules! policy_inputs {
    ($($(#[$doc:meta])* $input:ident: $type:ty = $default:expr;)+) => {
        /// The inputs of one run that a policy may read and set. What the model doesn't have is
        /// `None`.
        #[derive(Default)]
        pub struct PolicyInputs<'i> {
            $($(#[$doc])* pub $input: Option<PolicyInput<'i, $type>>,)+
        }

        /// What holds of these inputs in one run: what was given, else FASHN's default. Of an input
        /// that the model doesn't have it is the usual default.
        #[derive(Clone, Copy)]
        pub(super) struct EffectiveInputs {
            $(pub(super) $input: $type,)+
        }

        impl EffectiveInputs {
            pub(super) const USUAL: Self = Self { $($input: $default,)+ };
        }
    };
}

policy_inputs! {
    /// `num_images`, or `num_samples` of `tryon-v1.6`.
    outputs: OutputCount = OutputCount::MIN;
    /// `resolution` of the models that make pictures.
    resolution: Resolution = Resolution::OneK;
    /// `resolution` of `image-to-video`.
    video_resolution: VideoResolution = VideoResolution::P1080;
    /// `duration` of `image-to-video`.
    duration: Duration = Duration::Five;
    /// `generation_mode`.
    generation_mode: GenerationMode = GenerationMode::Balanced;
    /// `mode` of `tryon-v1.6`.
    mode: Mode = Mode::Balanced;
    /// `moderation_level` of `tryon-v1.6`.
    moderation_level: ModerationLevel = ModerationLevel::Permissive;
    /// `output_format`.
    output_format: OutputFormat = OutputFormat::Png;
    /// `return_base64`.
    return_base64: bool = false;
    /// `seed`.
    seed: u32 = DEFAULT_SEED;
}

/// The seed of a run that names none.
pub const DEFAULT_SEED: u32 = 42;

impl EffectiveInputs {
    /// The usual defaults at another resolution, to tell which defaults go by it.
    #[cfg(feature = "schema")]
    pub(super) const LARGEST: Self = Self { resolution: Resolution::FourK, ..Self::USUAL };

    /// What an omitted `generation_mode` is billed as, on every page but `tryon-max`'s: `fast` at
    /// `1k`, `balanced` at `2k` and `4k`.
    pub(super) fn automatic_mode(&self) -> GenerationMode {
        match self.resolution {
            Resolution::OneK => GenerationMode::Fast,
            Resolution::TwoK | Resolution::FourK => GenerationMode::Balanced,
        }
    }

    /// A model's own default, which may go by what holds of the inputs before it.
    pub(super) fn default_by<T>(&self, default: fn(&Self) -> T) -> T {
        default(self)
    }

    pub(super) fn tier(&self) -> Tier {
        Tier { resolution: self.resolution, generation_mode: self.generation_mode }
    }
}

/// One input of one run.
pub struct PolicyInput<'i, T> {
    name: &'static str,
    slot: &'i mut dyn Slot<T>,
    default: T,
    only: Option<T>,
}

/// The run can't have that value: `tryon-max` has no `fast`, a clip with an `end_image` no `480p`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this run cannot have that value")]
pub struct ImpossibleValue;

impl<'i, T: Copy + PartialEq> PolicyInput<'i, T> {
    pub(super) fn new(
        name: &'static str,
        slot: &'i mut dyn Slot<T>,
        default: T,
        only: Option<T>,
    ) -> Self {
        Self { name, slot, default, only }
    }

    /// The input's name on the wire: `num_samples`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The request's own value.
    pub fn given(&self) -> Option<T> {
        self.slot.get()
    }

    /// What was given, else FASHN's default. The default of `generation_mode` goes by the
    /// resolution there was when the policy's inputs were taken.
    pub fn effective(&self) -> T {
        self.given().unwrap_or(self.default)
    }

    /// Sets the input.
    ///
    /// # Errors
    /// The run can't have that value; the input stays as it was.
    pub fn set(&mut self, value: T) -> Result<(), ImpossibleValue> {
        if self.only.is_some_and(|only| only != value) {
            return Err(ImpossibleValue);
        }
        self.slot.set(value)
    }

    /// Leaves the input to FASHN's default.
    pub fn clear(&mut self) {
        self.slot.clear();
    }
}

/// A field of a model's inputs. Its type may have fewer values than the policy's.
pub(super) trait Slot<T> {
    fn get(&self) -> Option<T>;
    fn set(&mut self, value: T) -> Result<(), ImpossibleValue>;
    fn clear(&mut self);
}

impl<T: TryInto<U>, U: Copy + Into<T>> Slot<T> for Option<U> {
    fn get(&self) -> Option<T> {
        self.map(Into::into)
    }

    fn set(&mut self, value: T) -> Result<(), ImpossibleValue> {
        *self = Some(value.try_into().map_err(|_| ImpossibleValue)?);
        Ok(())
    }

    fn clear(&mut self) {
        *self = None;
    }
}

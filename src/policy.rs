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

use std::collections::BTreeMap;
use std::fmt::Display;

use fashn::choice::Choice;
use fashn::fields::Fault;
use fashn::models::{
    Duration, GenerationMode, Inputs, Knob, Knobs, Mode, Model, ModerationLevel, OutputCount,
    OutputFormat, Resolution, VideoResolution,
};
use serde::Deserialize;
use thiserror::Error;

/// The merchant's choice.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
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
    pub pinned: BTreeMap<Model, Preset>,
    /// Inputs that hold where the shopper gives none.
    pub defaults: BTreeMap<Model, Preset>,
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
            pinned: BTreeMap::new(),
            defaults: BTreeMap::new(),
        }
    }
}

/// Values for some of a model's inputs, by FASHN's names.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preset {
    #[serde(alias = "num_samples")]
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
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(untagged)]
enum AnyResolution {
    Picture(Resolution),
    Video(VideoResolution),
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
    /// Reads the setting.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json.as_bytes())
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
mod tests {
    use fashn::body::Body;
    use fashn::image::AnyImage;

    use super::*;

    /// What a policy makes of inputs: FASHN's JSON, or what is wrong.
    fn apply(policy: &str, model: &str, inputs: &str) -> Result<String, String> {
        let body = format!(r#"{{"model_name":"{model}","inputs":{inputs}}}"#);
        let policy = Policy::parse(policy).map_err(|error| format!("policy: {error}"))?;
        let body = Body::parse(body.as_bytes()).expect("parses");
        let model = body.model().expect("a model");
        policy
            .offers(model)
            .map_err(|fault| format!("{} {}", fault.path, fault.message))?;
        let mut inputs = body.inputs(model, &AnyImage).expect("valid");
        match policy.apply(&mut inputs) {
            Ok(()) => Ok(serde_json::to_string(&inputs).expect("serialises")),
            Err(Refusal::Faults(faults)) => Err(faults
                .iter()
                .map(|fault| format!("{} {}", fault.path, fault.message))
                .collect::<Vec<_>>()
                .join("; ")),
            Err(Refusal::Misfit(misfit)) => Err(misfit.to_string()),
        }
    }

    fn v16(policy: &str, more: &str) -> Result<String, String> {
        apply(
            policy,
            "tryon-v1.6",
            &format!(r#"{{"model_image":"m","garment_image":"g"{more}}}"#),
        )
    }

    fn max(policy: &str, more: &str) -> Result<String, String> {
        apply(
            policy,
            "tryon-max",
            &format!(r#"{{"product_image":"p","model_image":"m"{more}}}"#),
        )
    }

    #[test]
    fn without_a_policy_a_shopper_gets_one_small_picture_of_the_two_try_on_models() {
        assert!(v16("{}", "").is_ok());
        assert!(max("{}", "").is_ok());
        for (asked, told) in [
            (
                v16("{}", r#","num_samples":2"#),
                "inputs.num_samples must be at most 1 here",
            ),
            (
                v16("{}", r#","moderation_level":"none""#),
                "inputs.moderation_level must be conservative or permissive here",
            ),
            (
                max("{}", r#","num_images":4"#),
                "inputs.num_images must be at most 1 here",
            ),
            (
                max("{}", r#","resolution":"2k""#),
                "inputs.resolution must be at most 1k here",
            ),
            (
                max("{}", r#","generation_mode":"quality""#),
                "inputs.generation_mode must be at most balanced here",
            ),
            (
                max("{}", r#","prompt":"a castle""#),
                "inputs.prompt is not taken from shoppers here: leave it out",
            ),
            (
                apply("{}", "model-create", r#"{"prompt":"x"}"#),
                "model_name is not offered here; there is: tryon-v1.6, tryon-max",
            ),
        ] {
            assert_eq!(asked, Err(told.to_owned()));
        }
    }

    #[test]
    fn everything_over_a_cap_is_told_at_once() {
        let told = max(
            "{}",
            r#","num_images":2,"resolution":"4k","generation_mode":"quality""#,
        )
        .expect_err("over");
        assert_eq!(told.split("; ").count(), 3, "{told}");
    }

    #[test]
    fn an_empty_prompt_is_none() {
        assert!(max("{}", r#","prompt":"  ""#).is_ok());
    }

    #[test]
    fn what_a_merchant_allows_is_allowed() {
        let policy = r#"{"max_outputs":4,"max_resolution":"4k","max_generation_mode":"quality","prompts":true}"#;
        assert!(max(policy, r#","num_images":4,"resolution":"4k","generation_mode":"quality","prompt":"tuck in""#).is_ok());
    }

    #[test]
    fn a_pinned_input_holds_and_can_t_be_changed() {
        let policy =
            r#"{"pinned":{"tryon-v1.6":{"moderation_level":"conservative","num_samples":1}}}"#;
        let told = v16(policy, "").expect("fits");
        assert!(
            told.contains(r#""moderation_level":"conservative""#),
            "{told}"
        );
        assert_eq!(
            v16(policy, r#","moderation_level":"conservative""#),
            Ok(told)
        );
        assert_eq!(
            v16(policy, r#","moderation_level":"permissive""#),
            Err("inputs.moderation_level is set by the shop: leave it out".to_owned())
        );
    }

    #[test]
    fn only_a_merchant_can_turn_moderation_off() {
        let policy = r#"{"pinned":{"tryon-v1.6":{"moderation_level":"none"}}}"#;
        assert!(
            v16(policy, "")
                .expect("fits")
                .contains(r#""moderation_level":"none""#)
        );
        let as_default = r#"{"defaults":{"tryon-v1.6":{"moderation_level":"none"}}}"#;
        assert!(v16(as_default, "").is_err());
    }

    #[test]
    fn a_default_holds_where_the_shopper_gives_nothing() {
        let policy = r#"{"defaults":{"tryon-v1.6":{"output_format":"jpeg","seed":7}}}"#;
        let told = v16(policy, r#","seed":8"#).expect("fits");
        assert!(
            told.contains(r#""output_format":"jpeg""#) && told.contains(r#""seed":8"#),
            "{told}"
        );
    }

    #[test]
    fn fashn_s_own_default_over_a_cap_is_lowered() {
        let policy = r#"{"models":["image-to-video"],"max_video_resolution":"480p"}"#;
        let told = apply(policy, "image-to-video", r#"{"image":"i"}"#).expect("fits");
        assert!(told.contains(r#""resolution":"480p""#), "{told}");
        let needs_1080p = apply(policy, "image-to-video", r#"{"image":"i","end_image":"e"}"#);
        assert_eq!(
            needs_1080p,
            Err("inputs.resolution must be at most 480p here".to_owned())
        );
    }

    #[test]
    fn a_policy_that_does_not_fit_a_model_stops_its_runs() {
        let policy = r#"{"pinned":{"tryon-max":{"mode":"quality"}}}"#;
        assert_eq!(
            max(policy, ""),
            Err("POLICY: mode of tryon-max can't be set as it says".to_owned())
        );
        let impossible = r#"{"pinned":{"tryon-max":{"generation_mode":"fast"}}}"#;
        assert!(max(impossible, "").is_err());
    }

    #[test]
    fn a_policy_that_can_t_be_read_says_where() {
        for (policy, word) in [
            (r#"{"max_output":1}"#, "max_output"),
            (r#"{"models":["tryon-v9"]}"#, "must be one of"),
            (r#"{"max_outputs":9}"#, "1 to 4"),
            (r#"{"pinned":{"tryon-v1.6":{"prompt":"x"}}}"#, "prompt"),
        ] {
            let told = v16(policy, "").expect_err("unreadable");
            assert!(
                told.starts_with("policy: ") && told.contains(word),
                "{told}"
            );
        }
    }
}

//! What an error means for a shopper: one sentence and one thing to do.
//! FASHN's own sentences are for developers; they stay beside it, unchanged.

use crate::choice::choices;
use crate::error::{ApiErrorCode, RuntimeError, RuntimeErrorName};
use crate::image::Role;

choices! {
    /// What a shopper can do.
    Action {
        /// Take or choose another photograph.
        Retake = "retake",
        /// Try the same again in a while.
        Retry = "retry",
        /// Choose another product.
        OtherProduct = "other_product",
        /// Tell the shop.
        Contact = "contact",
        /// Nothing.
        None = "none",
    }
}

/// A sentence for a shopper, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advice {
    /// Public: says nothing of keys, credits or pipelines.
    pub sentence: &'static str,
    /// What helps.
    pub action: Action,
}

const fn advice(action: Action, sentence: &'static str) -> Advice {
    Advice { sentence, action }
}

impl RuntimeError {
    /// The picture that FASHN's sentence names: "Error loading model image: …".
    pub fn picture(&self) -> Option<Role> {
        let sentence = self.message.to_ascii_lowercase().replace('_', " ");
        let says = |names: &[&str]| names.iter().any(|name| sentence.contains(name));
        let person = says(&["model image", "face image", "face reference"]);
        let product = says(&["garment image", "product image"]);
        match (person, product) {
            (true, false) => Some(Role::Person),
            (false, true) => Some(Role::Product),
            // Neither, or both: "in either the model image or the garment image".
            (false, false) | (true, true) => None,
        }
    }

    /// The sentence for a shopper.
    pub fn advice(&self) -> Advice {
        use RuntimeErrorName as Name;

        let product = self.picture() == Some(Role::Product);
        match &self.name {
            Name::ImageLoadError if product => advice(
                Action::OtherProduct,
                "The picture of this product could not be opened. Please try another product.",
            ),
            Name::ImageLoadError => advice(
                Action::Retake,
                "Your photo could not be opened. Please choose another one, as JPEG or PNG.",
            ),
            Name::ContentModerationError if product => advice(
                Action::OtherProduct,
                "This product cannot be tried on here. Please choose another one.",
            ),
            Name::ContentModerationError => advice(
                Action::Retake,
                "This picture did not pass the content check. Please choose a different photo.",
            ),
            Name::PoseError if product => advice(
                Action::OtherProduct,
                "We could not make out how this product is worn in its picture. Please try another product.",
            ),
            Name::PoseError => advice(
                Action::Retake,
                "We could not see how you stand. Please use a photo of you alone, facing the camera, from head \
                 to knees at least, arms a little away from the body, in good light.",
            ),
            Name::InputValidationError if self.says_ratio_is_there() => advice(
                Action::None,
                "The picture already has this shape; nothing had to be changed.",
            ),
            Name::InputValidationError => advice(
                Action::Contact,
                "This could not be made the way it was asked for. Please tell the shop.",
            ),
            Name::ThirdPartyError => advice(
                Action::Retry,
                "This did not work out. Please try again; if it keeps failing, use another photo.",
            ),
            Name::UnavailableError => advice(
                Action::Retry,
                "Try-on is very busy right now. Please try again in a minute.",
            ),
            Name::PipelineError | Name::Other(_) => {
                advice(Action::Retry, "Something went wrong. Please try again.")
            }
        }
    }

    /// `reframe`: "Image already matches target aspect ratio".
    fn says_ratio_is_there(&self) -> bool {
        let sentence = self.message.to_ascii_lowercase();
        sentence.contains("already matches") && sentence.contains("aspect ratio")
    }
}

impl ApiErrorCode {
    /// The sentence for a shopper. A wrong key or used-up credits concern the shop alone.
    pub fn advice(&self) -> Advice {
        match self {
            Self::BadRequest => advice(
                Action::Contact,
                "This could not be made the way it was asked for. Please tell the shop.",
            ),
            Self::UnauthorizedAccess | Self::OutOfCredits => advice(
                Action::Contact,
                "Try-on is not available at the moment. Please tell the shop.",
            ),
            Self::NotFound => advice(Action::None, "This try-on is no longer there."),
            Self::RateLimitExceeded | Self::ConcurrencyLimitExceeded => advice(
                Action::Retry,
                "Many people are trying things on right now. Please try again in a minute.",
            ),
            Self::InternalServerError | Self::Other(_) => {
                advice(Action::Retry, "Something went wrong. Please try again in a minute.")
            }
        }
    }
}

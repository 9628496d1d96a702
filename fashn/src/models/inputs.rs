//! How a model's inputs are declared: once each, with everything that follows from it.
//!
//! ```text
//! inputs! {
//!     /// The model's type.
//!     Edit {
//!         required {
//!             /// A picture. Its role is `Reference` unless the declaration says another.
//!             image: Image<'a> as Person;
//!         }
//!         optional {
//!             /// An input that a policy may set, there called `outputs`.
//!             num_images: OutputCount => outputs;
//!             /// The same with a default of its own, by a function of what holds of the others.
//!             output_format: OutputFormat => output_format or |_| OutputFormat::Jpeg;
//!             /// The same, where another input allows it one value.
//!             resolution: VideoResolution => video_resolution, with end_image only P1080;
//!             /// An input that excludes others, with what to do instead.
//!             model_image: Image<'a>, without [image_prompt, mask] or else "use tryon-max";
//!         }
//!     }
//! }
//! ```
//!
//! From this come the struct with its JSON and its schema, the reader with all errors and their
//! paths, the pictures with their roles, the prompt, what a policy may set, what holds for the
//! price, and the rules of combination. Types that an input can have implement [`InputType`].

use std::borrow::Cow;

use super::options::OutputCount;
use super::policy::EffectiveInputs;
use crate::choice::Choice;
use crate::fields::Fields;
use crate::image::{Image, Role};

/// One picture of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Picture<'i, 'a> {
    /// The input's name on the wire: `model_image`.
    pub field: &'static str,
    /// What the picture is.
    pub role: Role,
    /// The picture.
    pub image: &'i Image<'a>,
}

/// A combination of inputs that FASHN refuses. An input that is `null` counts as left out.
#[cfg(feature = "schema")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputRule {
    /// With `given`, the only value of `input` is `value`.
    Only {
        /// The input that restricts another.
        given: &'static str,
        /// The input that is restricted.
        input: &'static str,
        /// Its value.
        value: &'static str,
    },
    /// With `given`, the others are left out.
    Without {
        /// The input that excludes others.
        given: &'static str,
        /// The others.
        others: &'static [&'static str],
    },
}

/// What the declaration of a model's inputs gives.
pub(super) trait InputSet<'a> {
    /// The pictures that were given, in the order of the model's page.
    fn pictures(&self) -> Vec<Picture<'_, 'a>>;

    /// The free text that was given.
    fn prompt(&self) -> Option<&str>;

    /// What holds of the inputs that a policy may set.
    fn effective(&self) -> EffectiveInputs;
}

/// A type that an input can have.
pub(super) trait InputType<'a>: Sized {
    /// Reads an input. The role is for pictures.
    fn read(fields: &mut Fields<'a, '_>, name: &'static str, role: Role) -> Option<Self>;

    fn read_required(fields: &mut Fields<'a, '_>, name: &'static str, role: Role) -> Option<Self> {
        fields.required(name, |fields| Self::read(fields, name, role))
    }

    fn as_image(&self) -> Option<&Image<'a>> {
        None
    }

    fn as_text(&self) -> Option<&str> {
        None
    }
}

impl<'a> InputType<'a> for Image<'a> {
    fn read(fields: &mut Fields<'a, '_>, name: &'static str, role: Role) -> Option<Self> {
        fields.image(name, role)
    }

    fn read_required(fields: &mut Fields<'a, '_>, name: &'static str, role: Role) -> Option<Self> {
        Some(fields.required_image(name, role))
    }

    fn as_image(&self) -> Option<&Image<'a>> {
        Some(self)
    }
}

impl<'a> InputType<'a> for Cow<'a, str> {
    fn read(fields: &mut Fields<'a, '_>, name: &'static str, _: Role) -> Option<Self> {
        fields.text(name)
    }

    fn read_required(fields: &mut Fields<'a, '_>, name: &'static str, _: Role) -> Option<Self> {
        fields.required_text(name)
    }

    fn as_text(&self) -> Option<&str> {
        Some(self)
    }
}

impl<'a, T: Choice> InputType<'a> for T {
    fn read(fields: &mut Fields<'a, '_>, name: &'static str, _: Role) -> Option<Self> {
        fields.choice(name)
    }
}

impl<'a> InputType<'a> for OutputCount {
    fn read(fields: &mut Fields<'a, '_>, name: &'static str, _: Role) -> Option<Self> {
        fields.output_count(name)
    }
}

impl<'a> InputType<'a> for u32 {
    fn read(fields: &mut Fields<'a, '_>, name: &'static str, _: Role) -> Option<Self> {
        fields.seed(name)
    }
}

impl<'a> InputType<'a> for bool {
    fn read(fields: &mut Fields<'a, '_>, name: &'static str, _: Role) -> Option<Self> {
        fields.flag(name)
    }
}

/// Declares a model's inputs; the module's head shows how.
macro_rules! inputs {
    (
        $(#[$model_attr:meta])*
        $model:ident {
            required { $(
                $(#[$required_attr:meta])*
                $required:ident: $required_type:ty $(as $required_role:ident)?;
            )+ }
            optional { $(
                $(#[$attr:meta])*
                $input:ident: $type:ty
                    $(as $role:ident)?
                    $(
                        => $policy:ident
                        $(or $default:expr)?
                        $(, with $other:ident only $value:expr)?
                    )?
                    $(, without [$($excluded:ident),+] or else $instead:literal)?;
            )+ }
        }
    ) => {
        $(#[$model_attr])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize)]
        #[cfg_attr(
            feature = "schema",
            derive(utoipa::ToSchema),
            serde(deny_unknown_fields)
        )]
        pub struct $model<'a> {
            $($(#[$required_attr])* pub $required: $required_type,)+
            $(
                $(#[$attr])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $input: Option<$type>,
            )+
        }

        impl<'a> $model<'a> {
            pub(super) const NAMES: &'static [&'static str] =
                &[$(stringify!($required),)+ $(stringify!($input),)+];

            pub(super) fn read(fields: &mut $crate::fields::Fields<'a, '_>) -> Option<Self> {
                use $crate::models::inputs::InputType;

                $(
                    let role = inputs!(@role $($required_role)?);
                    let $required: Option<$required_type> =
                        InputType::read_required(fields, stringify!($required), role);
                )+
                $(
                    let role = inputs!(@role $($role)?);
                    let $input: Option<$type> =
                        InputType::read(fields, stringify!($input), role);
                )+
                $(
                    $($($crate::models::inputs::allow_only(
                        fields, stringify!($other), stringify!($input), $input, $value,
                    );)?)?
                    $($crate::models::inputs::exclude(
                        fields, stringify!($input), &[$(stringify!($excluded)),+], $instead,
                    );)?
                )+
                Some(Self { $($required: $required?,)+ $($input,)+ })
            }

            pub(super) fn policy_inputs(&mut self) -> $crate::models::policy::PolicyInputs<'_> {
                let (_, defaults) = self.effective_and_defaults();
                $crate::models::policy::PolicyInputs {
                    $($(
                        $policy: Some($crate::models::policy::PolicyInput::new(
                            stringify!($input),
                            &mut self.$input,
                            defaults.$policy,
                            inputs!(@only $(self.$other, $value)?),
                        )),
                    )?)+
                    ..Default::default()
                }
            }

            /// What holds of the inputs that a policy may set, and FASHN's default of each.
            fn effective_and_defaults(
                &self,
            ) -> (
                $crate::models::policy::EffectiveInputs,
                $crate::models::policy::EffectiveInputs,
            ) {
                let mut defaults = $crate::models::policy::EffectiveInputs::USUAL;
                let mut effective = defaults;
                $($(
                    defaults.$policy = inputs!(@default effective.$policy $(, $default)?);
                    effective.$policy = self.$input.map_or(defaults.$policy, Into::into);
                )?)+
                (effective, defaults)
            }

            /// The defaults that don't go by another input.
            #[cfg(feature = "schema")]
            pub(super) fn defaults() -> Vec<(&'static str, serde_json::Value)> {
                let usual = $crate::models::policy::EffectiveInputs::USUAL;
                let large = $crate::models::policy::EffectiveInputs::LARGEST;
                let mut defaults = Vec::new();
                $($(
                    let default = inputs!(@default usual.$policy $(, $default)?);
                    if default == inputs!(@default large.$policy $(, $default)?) {
                        defaults.push((stringify!($input), serde_json::json!(default)));
                    }
                )?)+
                defaults
            }

            /// What is refused although each input is right.
            #[cfg(feature = "schema")]
            pub(super) fn rules() -> Vec<$crate::models::inputs::InputRule> {
                vec![$(
                    $($($crate::models::inputs::InputRule::Only {
                        given: stringify!($other),
                        input: stringify!($input),
                        value: $crate::choice::Choice::name($value),
                    },)?)?
                    $($crate::models::inputs::InputRule::Without {
                        given: stringify!($input),
                        others: &[$(stringify!($excluded)),+],
                    },)?
                )+]
            }
        }

        impl<'a> $crate::models::inputs::InputSet<'a> for $model<'a> {
            fn pictures(&self) -> Vec<$crate::models::inputs::Picture<'_, 'a>> {
                use $crate::models::inputs::{InputType, given};

                given([
                    $((
                        stringify!($required),
                        inputs!(@role $($required_role)?),
                        self.$required.as_image(),
                    ),)+
                    $((
                        stringify!($input),
                        inputs!(@role $($role)?),
                        self.$input.as_ref().and_then(InputType::as_image),
                    ),)+
                ])
            }

            fn prompt(&self) -> Option<&str> {
                use $crate::models::inputs::InputType;

                let texts = [
                    $(self.$required.as_text(),)+
                    $(self.$input.as_ref().and_then(InputType::as_text),)+
                ];
                texts.into_iter().flatten().next()
            }

            fn effective(&self) -> $crate::models::policy::EffectiveInputs {
                self.effective_and_defaults().0
            }
        }
    };
    (@role) => { $crate::image::Role::Reference };
    (@role $role:ident) => { $crate::image::Role::$role };
    (@default $effective:ident.$policy:ident) => {
        inputs!(@default $effective.$policy, |_| {
            $crate::models::policy::EffectiveInputs::USUAL.$policy
        })
    };
    (@default $effective:ident.$policy:ident, $default:expr) => {
        $effective.default_by($default)
    };
    (@only) => { None };
    (@only $other:expr, $value:expr) => { $other.is_some().then_some($value) };
}
pub(super) use inputs;

/// The pictures among `(field, role, image)` that were given.
pub(super) fn given<'i, 'a, const N: usize>(
    fields: [(&'static str, Role, Option<&'i Image<'a>>); N],
) -> Vec<Picture<'i, 'a>> {
    fields
        .into_iter()
        .filter_map(|(field, role, image)| image.map(|image| Picture { field, role, image }))
        .collect()
}

/// With `other` given, the input may be left out or have this value.
pub(super) fn allow_only<T: Choice>(
    fields: &mut Fields<'_, '_>,
    other: &'static str,
    input: &'static str,
    read: Option<T>,
    value: T,
) {
    if fields.was_given(other) && read.is_some_and(|read| read != value) {
        let message = format!("is only supported with {input} {}", value.name());
        fields.add_error(other, message);
    }
}

/// With the input given, the others must be left out.
pub(super) fn exclude(
    fields: &mut Fields<'_, '_>,
    input: &'static str,
    others: &[&'static str],
    instead: &str,
) {
    let mut given = others.to_vec();
    given.retain(|name| fields.was_given(name));
    if fields.was_given(input) && !given.is_empty() {
        let message = format!("cannot be combined with {}; {instead}", given.join(", "));
        fields.add_error(input, message);
    }
}

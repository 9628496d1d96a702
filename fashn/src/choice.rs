//! Names with a fixed list, and names that FASHN may add to.

/// An input whose values are a fixed list, as FASHN's pages write them: `png | jpeg`.
pub trait Choice: Copy + PartialEq + 'static {
    /// Every value with its name on the wire, in the order of FASHN's page.
    const ALL: &'static [(&'static str, Self)];

    /// The value of that name.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// This value's name on the wire.
    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, value)| *value == self).map_or("", |(name, _)| name)
    }
}

/// "must be one of: png, jpeg"
pub fn must_be_one_of<T: Choice>() -> String {
    let names: Vec<_> = T::ALL.iter().map(|(name, _)| *name).collect();
    format!("must be one of: {}", names.join(", "))
}

/// Declares a [`Choice`] with the names FASHN gives its values. `Some of Whole { … }` declares a
/// shorter list of another choice's values, as when a model lacks one that its siblings have.
macro_rules! choices {
    ($(#[$doc:meta])* $name:ident of $whole:ident { $($variant:ident = $wire:literal),+ $(,)? }) => {
        $crate::choice::choices! { $(#[$doc])* $name { $($variant = $wire),+ } }

        impl From<$name> for $whole {
            fn from(value: $name) -> Self {
                match value {
                    $($name::$variant => Self::$variant),+
                }
            }
        }

        impl TryFrom<$whole> for $name {
            type Error = ();

            fn try_from(value: $whole) -> Result<Self, ()> {
                match value {
                    $($whole::$variant => Ok(Self::$variant),)+
                    _ => Err(()),
                }
            }
        }
    };
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $wire:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* #[doc = concat!("`", $wire, "`")] $variant,)+
        }

        impl $crate::choice::Choice for $name {
            const ALL: &'static [(&'static str, Self)] = &[$(($wire, Self::$variant)),+];
        }

        #[cfg(feature = "schema")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let names = <Self as $crate::choice::Choice>::ALL.iter().map(|(name, _)| *name);
                $crate::schema::one_of(names)
            }
        }

        #[cfg(feature = "schema")]
        impl utoipa::ToSchema for $name {}

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($crate::choice::Choice::name(*self))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = std::borrow::Cow::<str>::deserialize(deserializer)?;
                $crate::choice::Choice::named(&name)
                    .ok_or_else(|| serde::de::Error::custom($crate::choice::must_be_one_of::<Self>()))
            }
        }
    };
}
pub(crate) use choices;

/// Declares an enum of names that FASHN sends and may add to: one not known yet is `Other`, and
/// goes out again as it came in.
macro_rules! open_choices {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])+ $variant:ident = $wire:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$variant_doc])+ $variant,)+
            /// Not known yet, passed on as it is.
            Other(String),
        }

        impl $name {
            /// Every one that is known, in the order of FASHN's page.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),+];

            /// The name on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $wire,)+
                    Self::Other(name) => name,
                }
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                match name {
                    $($wire => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(self.as_str())
            }
        }

        #[cfg(feature = "schema")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $crate::schema::known_names(Self::KNOWN.iter().map(Self::as_str))
            }
        }

        #[cfg(feature = "schema")]
        impl utoipa::ToSchema for $name {}

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = std::borrow::Cow::<str>::deserialize(deserializer)?;
                Ok(Self::from(&*name))
            }
        }
    };
}
pub(crate) use open_choices;

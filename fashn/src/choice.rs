//! Inputs with a fixed list of values.

/// An input whose values are a fixed list, as FASHN's pages write them: `png | jpeg`.
pub trait Choice: Copy + PartialEq + 'static {
    /// Every value with its name on the wire, in the order of FASHN's page.
    const ALL: &'static [(&'static str, Self)];

    /// The value of that name.
    #[must_use]
    fn named(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| *value)
    }

    /// This value's name on the wire.
    #[must_use]
    fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(_, value)| *value == self)
            .map_or("", |(name, _)| name)
    }
}

/// "must be one of: png, jpeg"
pub(crate) fn must_be_one_of<T: Choice>() -> String {
    let names: Vec<_> = T::ALL.iter().map(|(name, _)| *name).collect();
    format!("must be one of: {}", names.join(", "))
}

/// Declares a [`Choice`] with the names FASHN gives its values. `Some of Whole { … }` declares a shorter
/// list of another choice's values, as when a model lacks one that its siblings have.
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

//! What one module of a crate says.

use std::collections::BTreeSet;
use std::path::PathBuf;

/// The path of the crate's root.
pub(crate) const ROOT: &str = "crate";

/// What one module says.
#[derive(Debug, Default)]
pub(crate) struct Module {
    /// Below the folder that was read.
    pub(crate) file: PathBuf,
    pub(crate) children: BTreeSet<String>,
    /// All names, those of fields and methods included.
    pub(crate) declared: Vec<Declared>,
    /// The names that a path can find in this module.
    pub(crate) items: BTreeSet<String>,
    pub(crate) uses: Vec<Use>,
    pub(crate) paths: Vec<PathInCode>,
    /// The line of a `#[cfg(test)] mod … { … }` within the file.
    pub(crate) inline_tests: Option<usize>,
}

/// A name that a module declares.
#[derive(Debug)]
pub(crate) struct Declared {
    pub(crate) text: String,
    pub(crate) kind: Kind,
    pub(crate) line: usize,
}

/// One name of a `use`.
#[derive(Debug)]
pub(crate) struct Use {
    pub(crate) target: Vec<String>,
    pub(crate) binds: Binds,
    pub(crate) is_reexport: bool,
    pub(crate) line: usize,
}

/// What a `use` makes known in its module.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Binds {
    Name(String),
    /// `use a::*`
    Everything,
    /// `use a::Trait as _`
    Nothing,
}

/// A path in code: `crate::image::Role`.
#[derive(Debug)]
pub(crate) struct PathInCode {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
}

/// What a name is declared as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `mod`
    Module,
    /// `struct`, `enum`, `union`, `trait`, `type`
    Type,
    /// `fn`, free or associated
    Function,
    /// `const`, `static`
    Constant,
    /// A variant of an `enum`.
    Variant,
    /// A named field.
    Field,
    /// `macro_rules!`
    Macro,
}

/// The path of a module's submodule.
pub(crate) fn below(module: &str, name: &str) -> String {
    if module == ROOT { name.to_owned() } else { format!("{module}::{name}") }
}

/// The path of the module that a module stands in; the root stands in itself.
pub(crate) fn above(module: &str) -> &str {
    module.rsplit_once("::").map_or(ROOT, |(above, _)| above)
}

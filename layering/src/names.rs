//! Names that a crate declares.

use std::path::PathBuf;

use crate::module::Kind;
use crate::read::Sources;

/// A declared name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The name without a raw identifier's `r#`.
    pub text: String,
    /// What it is declared as.
    pub kind: Kind,
    /// The file, below the folder that was read.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

impl Sources {
    /// Every declared name, in the order of files and lines.
    pub fn names(&self) -> Vec<Name> {
        let modules = self.modules.values();
        let declared = modules.flat_map(|module| {
            module.declared.iter().map(|item| Name {
                text: item.text.clone(),
                kind: item.kind,
                file: module.file.clone(),
                line: item.line,
            })
        });
        let mut names: Vec<_> = declared.collect();
        names.sort_by(|one, other| (&one.file, one.line).cmp(&(&other.file, other.line)));
        names
    }
}

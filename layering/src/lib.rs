//! Reads a crate's sources and reports which module imports which, for tests.
//!
//! ```no_run
//! // In a crate's tests/layering.rs:
//! let sources = layering::Sources::read("src".as_ref()).expect("parses");
//! let layers = [("app", 3), ("run", 2), ("http", 1)];
//! assert_eq!(sources.layer_violations(&layers), Vec::<String>::new());
//! assert_eq!(sources.import_cycles(), Vec::<String>::new());
//! assert_eq!(sources.style_faults(), Vec::<String>::new());
//! assert!(sources.names().iter().all(|name| name.text != "Skeleton"));
//! ```
//!
//! A module is named by its path from the crate's root, `models::edit`; the root itself is
//! `crate`.
//!
//! **What counts as an import.** Each `use` and each path in code (also inside a macro call, a
//! macro's definition or an attribute) that leads to another module of the same crate. It counts
//! for the module that declares the item: a re-export is followed to where it leads. A module that
//! only re-exports an item of its own submodules (`pub use edit::Edit;`) doesn't import it; one
//! that also uses the item does.
//!
//! **What is left out.** Everything under `#[cfg(test)]`, and modules called `tests`. Other `cfg`s
//! are read as if they held. Items that a macro call declares are taken to stand in the module of
//! the call.
//!
//! ```text
//! module   what one module says: names, uses, paths
//! syntax   the modules of one parsed file
//! read     all files of a crate, along `mod`
//! resolve  the module that a path leads to
//! names    every declared name
//! graph    imports, cycles, layers, style
//! ```

mod graph;
mod module;
mod names;
mod read;
mod resolve;
mod syntax;

use std::path::PathBuf;

use thiserror::Error;

pub use module::Kind;
pub use names::Name;
pub use read::Sources;

/// A crate's sources that can't be read.
#[derive(Debug, Error)]
pub enum Error {
    /// The folder has neither `lib.rs` nor `main.rs`.
    #[error("{0} has neither lib.rs nor main.rs")]
    NoRoot(PathBuf),
    /// A `mod` without a file.
    #[error("{declared_in} declares the module {module}, and no file of it is there")]
    MissingModule {
        /// The file with the declaration.
        declared_in: PathBuf,
        /// The module's path.
        module: String,
    },
    /// A file that can't be opened.
    #[error("{file} can't be read: {error}")]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A file that isn't Rust.
    #[error("{file} line {line} isn't Rust: {error}")]
    Syntax {
        /// The file.
        file: PathBuf,
        /// The line of the fault, from 1.
        line: usize,
        /// What the parser says.
        error: syn::Error,
    },
}

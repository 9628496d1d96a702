//! A crate's modules, read from its root along `mod`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::module::{Module, ROOT};
use crate::syntax;

/// A crate's modules.
#[derive(Debug)]
pub struct Sources {
    pub(crate) modules: BTreeMap<String, Module>,
}

impl Sources {
    /// Reads the crate with its root in `folder`: `src`.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let root = ["lib.rs", "main.rs"].map(PathBuf::from);
        let root = root.into_iter().find(|file| folder.join(file).is_file());
        let root = root.ok_or_else(|| Error::NoRoot(folder.to_owned()))?;
        let mut sources = Self { modules: BTreeMap::new() };
        let mut left = vec![(ROOT.to_owned(), root)];
        while let Some((module, file)) = left.pop() {
            for (submodule, path) in sources.read_file(folder, &module, &file)? {
                let candidates = [path.with_extension("rs"), path.join("mod.rs")];
                let there =
                    candidates.into_iter().find(|candidate| folder.join(candidate).is_file());
                let there = there.ok_or_else(|| Error::MissingModule {
                    declared_in: file.clone(),
                    module: submodule.clone(),
                })?;
                left.push((submodule, there));
            }
        }
        Ok(sources)
    }

    /// Reads one file, and answers the modules that have a file of their own, with its path without
    /// ending.
    fn read_file(
        &mut self,
        folder: &Path,
        module: &str,
        file: &Path,
    ) -> Result<Vec<(String, PathBuf)>, Error> {
        let text = std::fs::read_to_string(folder.join(file))
            .map_err(|error| Error::Io { file: file.to_owned(), error })?;
        let parsed = syn::parse_file(&text).map_err(|error| Error::Syntax {
            file: file.to_owned(),
            line: error.span().start().line,
            error,
        })?;
        let found = syntax::modules_of(&parsed, module, file);
        self.modules.extend(found.modules);
        let elsewhere = found.elsewhere.into_iter();
        Ok(elsewhere
            .map(|path| {
                let below = path.strip_prefix("crate::").unwrap_or(&path);
                let file = below.split("::").collect();
                (path, file)
            })
            .collect())
    }
}

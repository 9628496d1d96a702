//! Where a path leads: the module that declares its item.

use crate::module::{Binds, Module, ROOT, above, below};
use crate::read::Sources;

/// Re-exports are followed so far; those that name each other would be followed for ever.
const STEPS_MAX: usize = 32;

impl Sources {
    /// The module that declares what `segments` names, seen from the module `from`. `None`: it is
    /// another crate's, or a name of no module.
    pub(crate) fn resolve(&self, from: &str, segments: &[String]) -> Option<&str> {
        self.follow(from, segments, STEPS_MAX)
    }

    fn follow(&self, from: &str, segments: &[String], steps: usize) -> Option<&str> {
        let steps = steps.checked_sub(1)?;
        let (first, rest) = segments.split_first()?;
        match first.as_str() {
            "crate" => self.walk(ROOT, rest, steps),
            "self" => self.walk(from, rest, steps),
            "super" => {
                let ups = rest.iter().take_while(|segment| *segment == "super").count();
                let start = (0..=ups).fold(from, |module, _| above(module));
                self.walk(start, rest.get(ups..)?, steps)
            }
            name if self.knows(from, name, steps) => self.walk(from, segments, steps),
            _ => None,
        }
    }

    /// Goes down from a module of this crate.
    fn walk(&self, start: &str, segments: &[String], steps: usize) -> Option<&str> {
        let steps = steps.checked_sub(1)?;
        let (at, module) = self.modules.get_key_value(start)?;
        let Some((name, rest)) = segments.split_first() else {
            return Some(at);
        };
        if module.children.contains(name) {
            return self.walk(&below(at, name), rest, steps);
        }
        if module.items.contains(name) {
            return Some(at);
        }
        let named =
            module.uses.iter().find(|it| matches!(&it.binds, Binds::Name(bound) if bound == name));
        let elsewhere = match named {
            Some(named) => self.follow(at, &[named.target.as_slice(), rest].concat(), steps),
            None => self
                .globs(at, module, steps)
                .find(|there| self.knows(there, name, steps))
                .and_then(|there| self.walk(there, segments, steps)),
        };
        // Another crate's item that is re-exported here, or one that a macro declares.
        Some(elsewhere.unwrap_or(at))
    }

    /// Whether a name leads somewhere from a module.
    fn knows(&self, module: &str, name: &str, steps: usize) -> bool {
        let Some(steps) = steps.checked_sub(1) else {
            return false;
        };
        self.modules.get(module).is_some_and(|it| {
            let is_bound = |bound: &Binds| matches!(bound, Binds::Name(bound) if bound == name);
            it.children.contains(name)
                || it.items.contains(name)
                || it.uses.iter().any(|it| is_bound(&it.binds))
                || self.globs(module, it, steps).any(|there| self.knows(there, name, steps))
        })
    }

    /// The modules whose names a module takes over with `use …::*`.
    fn globs<'s>(
        &'s self,
        at: &'s str,
        module: &'s Module,
        steps: usize,
    ) -> impl Iterator<Item = &'s str> {
        let globs = module.uses.iter().filter(|it| it.binds == Binds::Everything);
        globs.filter_map(move |glob| self.follow(at, &glob.target, steps))
    }
}

//! Which module imports which, and what of it is against the rules.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::module::{Binds, ROOT, above, below};
use crate::read::Sources;

/// One place in the sources that makes a module import another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Import {
    from: String,
    to: String,
    /// `src/a.rs:3: crate::b::B`
    place: String,
}

impl Sources {
    /// Every import between two modules of the crate, the first place of each.
    fn imports(&self) -> Vec<Import> {
        let mut found = BTreeMap::new();
        for (from, module) in &self.modules {
            let mut add = |segments: &[String], line: usize, is_reexport: bool| {
                let Some(to) = self.resolve(from, segments).filter(|to| to != from) else {
                    return;
                };
                if is_reexport && is_within(to, from) {
                    return;
                }
                let place = format!("{}:{line}: {}", module.file.display(), segments.join("::"));
                found.entry((from.clone(), to.to_owned())).or_insert(place);
            };
            for it in &module.uses {
                add(&it.target, it.line, it.is_reexport);
            }
            for it in &module.paths {
                // A name alone is this module's own, a local one, or one that a `use` binds.
                let is_bound = |name: &String| {
                    let mut bound = module.uses.iter().map(|it| &it.binds);
                    bound.any(|it| matches!(it, Binds::Name(known) if known == name))
                };
                if it.segments.len() > 1 || it.segments.iter().all(is_bound) {
                    add(&it.segments, it.line, false);
                }
            }
        }
        found.into_iter().map(|((from, to), place)| Import { from, to, place }).collect()
    }

    /// Each import from a module of a higher layer, as a sentence. A module's layer is that of the
    /// longest path in `layers` that it is or stands below; a module without one, and a path
    /// without a module, are named too.
    pub fn layer_violations(&self, layers: &[(&str, u32)]) -> Vec<String> {
        let layer_of = |module: &str| {
            let known = layers.iter().filter(|(path, _)| is_within(module, path));
            known.max_by_key(|(path, _)| path.len()).map(|(_, layer)| *layer)
        };
        let unknown = layers.iter().filter(|(path, _)| !self.modules.contains_key(*path));
        let unknown =
            unknown.map(|(path, _)| format!("the layers name {path}, which is no module"));
        let mut sentences: BTreeSet<String> = unknown.collect();
        for module in self.modules.keys().filter(|module| *module != ROOT) {
            if layer_of(module).is_none() {
                sentences.insert(format!("{module} has no layer"));
            }
        }
        for Import { from, to, place } in self.imports() {
            let layers = layer_of(&from).zip(layer_of(&to));
            if let Some((lower, higher)) = layers.filter(|(from, to)| from < to) {
                sentences.insert(format!(
                    "{from} of layer {lower} imports {to} of layer {higher} ({place})"
                ));
            }
        }
        sentences.into_iter().collect()
    }

    /// Each shortest import cycle as a sentence. Modules are compared with their siblings,
    /// everything below a sibling counted as its own; a module's own file is one more sibling of
    /// its submodules.
    pub fn import_cycles(&self) -> Vec<String> {
        let mut levels: BTreeMap<String, Edges> = BTreeMap::new();
        for import in self.imports() {
            let level = common(&import.from, &import.to);
            let [from, to] = [&import.from, &import.to].map(|module| sibling(&level, module));
            let edges = levels.entry(level).or_default();
            let to_places = edges.entry(from).or_default();
            to_places.entry(to).or_insert(import.place);
        }
        let cycles: BTreeSet<Vec<(&String, &String)>> = levels
            .values()
            .flat_map(|edges| {
                let all = edges.iter().flat_map(|(from, all)| all.keys().map(move |to| (from, to)));
                all.filter_map(|(from, to)| cycle_through(edges, from, to))
            })
            .collect();
        cycles.iter().map(|cycle| sentence(cycle)).collect()
    }

    /// Each departure from one way to lay out files, as a sentence: a module with submodules is
    /// `foo.rs` beside `foo/`, and its tests are `foo/tests.rs`.
    pub fn style_faults(&self) -> Vec<String> {
        let mut sentences = BTreeSet::new();
        for module in self.modules.values() {
            let file = module.file.display();
            if module.file.ends_with("mod.rs") {
                sentences.insert(format!(
                    "{file} stands beside its submodules: name it after its folder"
                ));
            }
            if let Some(line) = module.inline_tests {
                sentences
                    .insert(format!("{file}:{line} has its tests inline: move them to tests.rs"));
            }
        }
        sentences.into_iter().collect()
    }
}

/// Whether a module is another one or stands below it.
fn is_within(module: &str, outer: &str) -> bool {
    outer == ROOT
        || module.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// The innermost module that both stand in or are.
fn common(one: &str, other: &str) -> String {
    let mut outer = one;
    while !is_within(other, outer) {
        outer = above(outer);
    }
    outer.to_owned()
}

/// What stands for a module among the submodules of `level`: the one it is in, or `level` itself.
fn sibling(level: &str, module: &str) -> String {
    if module == level {
        return level.to_owned();
    }
    let rest =
        if level == ROOT { module } else { module.get(level.len() + 2..).unwrap_or_default() };
    below(level, rest.split("::").next().unwrap_or_default())
}

/// From, to, and the place of the import.
type Edges = BTreeMap<String, BTreeMap<String, String>>;

/// The shortest cycle that begins with an edge: each node with the place of its edge to the next,
/// the smallest node first.
fn cycle_through<'e>(
    edges: &'e Edges,
    from: &'e String,
    to: &'e String,
) -> Option<Vec<(&'e String, &'e String)>> {
    let mut came_from = BTreeMap::from([(to, from)]);
    let mut left = VecDeque::from([to]);
    while let Some(node) = left.pop_front() {
        if node == from {
            break;
        }
        for next in edges.get(node).into_iter().flat_map(BTreeMap::keys) {
            came_from.entry(next).or_insert_with(|| {
                left.push_back(next);
                node
            });
        }
    }
    let mut cycle = Vec::new();
    let mut node = from;
    loop {
        let before = *came_from.get(node)?;
        cycle.push((before, edges.get(before)?.get(node)?));
        node = before;
        if node == from {
            break;
        }
    }
    cycle.reverse();
    let nodes = cycle.iter().map(|(node, _)| *node).enumerate();
    let (smallest, _) = nodes.min_by_key(|(_, node)| *node)?;
    cycle.rotate_left(smallest);
    Some(cycle)
}

fn sentence(cycle: &[(&String, &String)]) -> String {
    let nodes = cycle.iter().chain(cycle.first()).map(|(node, _)| node.as_str());
    let places = cycle.iter().map(|(_, place)| place.as_str());
    format!("{} ({})", nodes.collect::<Vec<_>>().join(" → "), places.collect::<Vec<_>>().join("; "))
}

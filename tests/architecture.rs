//! `docs/architecture.md`: each file that it links is there, each function that it names stands in
//! the file before it, and a run is followed through few files.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const DOCUMENT: &str = include_str!("../docs/architecture.md");

/// Files in which a reader follows `POST /v1/run`.
const FILES_MAX: usize = 12;

/// A linked file, and the functions that are named behind it.
struct Step {
    file: String,
    functions: Vec<String>,
}

/// The steps of a text, in which a line break is a space.
fn steps(text: &str) -> Vec<Step> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.split("](../")
        .skip(1)
        .filter_map(|after| {
            let (file, rest) = after.split_once(')')?;
            Some(Step { file: file.to_owned(), functions: functions(rest) })
        })
        .collect()
}

/// The names in backticks that stand right behind a link, with commas between.
fn functions(mut rest: &str) -> Vec<String> {
    let mut found = Vec::new();
    while let Some((name, behind)) = rest
        .trim_start_matches([' ', ','])
        .strip_prefix('`')
        .and_then(|named| named.split_once('`'))
    {
        found.push(name.to_owned());
        rest = behind;
    }
    found
}

/// The steps under this heading.
fn trip(heading: &str) -> Vec<Step> {
    DOCUMENT
        .split("\n## ")
        .find_map(|section| section.strip_prefix(heading))
        .map(steps)
        .unwrap_or_default()
}

/// A function of this name, or a method of this type, stands in the source.
fn is_defined(file: &str, name: &str) -> bool {
    let source = fs::read_to_string(root().join(file)).unwrap_or_default();
    let (owner, function) = match name.split_once("::") {
        Some((owner, function)) => (Some(owner), function),
        None => (None, name),
    };
    let is_of_owner = owner.is_none_or(|owner| {
        source.lines().any(|line| {
            line.starts_with("impl")
                && line.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == owner)
        })
    });
    let is_there = if Path::new(file).extension().is_some_and(|extension| extension == "js") {
        source.lines().any(|line| {
            line.trim_start().starts_with(&format!("{function}(")) && line.ends_with('{')
        })
    } else {
        source.contains(&format!("fn {function}(")) || source.contains(&format!("fn {function}<"))
    };
    is_there && is_of_owner
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Pages with links that are checked.
const PAGES: [(&str, &str); 4] = [
    ("architecture.md", DOCUMENT),
    ("production.md", include_str!("../docs/production.md")),
    ("logging.md", include_str!("../docs/logging.md")),
    ("metrics.md", include_str!("../docs/metrics.md")),
];

#[test]
fn every_linked_file_is_there() {
    for (page, text) in PAGES {
        let links = text
            .split("](")
            .skip(1)
            .filter_map(|after| after.split_once(')'))
            .map(|(link, _)| link.split('#').next().unwrap_or_default())
            .filter(|link| !link.contains("://") && !link.is_empty());
        let missing: Vec<_> =
            links.filter(|link| !root().join("docs").join(link).is_file()).collect();
        assert!(missing.is_empty(), "{page}: {missing:?}");
    }
}

#[test]
fn what_production_md_names_stands_in_the_file_before_it() {
    let mut count = 0;
    for after in PAGES[1].1.split("](../").skip(1) {
        let (file, rest) = after.split_once(')').expect("a link");
        let Some((name, _)) = rest.strip_prefix(" `").and_then(|rest| rest.split_once('`')) else {
            continue;
        };
        count += 1;
        let source = fs::read_to_string(root().join(file)).expect(file);
        assert!(source.contains(name), "{file} has no {name}");
    }
    assert!(count >= 30, "only {count} are named");
}

#[test]
fn every_named_function_stands_in_its_file() {
    let mut count = 0;
    let mut missing = Vec::new();
    for Step { file, functions } in steps(DOCUMENT) {
        for function in functions {
            count += 1;
            if !is_defined(&file, &function) {
                missing.push(format!("{file} has no {function}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(count >= 40, "only {count} functions are named");
}

#[test]
fn each_step_of_a_trip_names_a_function() {
    for (heading, steps_min) in [
        ("A run: `POST /v1/run`", 10),
        ("A run that waits", 5),
        ("FASHN's webhook: ", 8),
        ("A lookup: ", 8),
    ] {
        let steps = trip(heading);
        assert!(steps.len() >= steps_min, "{heading}: {}", steps.len());
        let silent: Vec<_> =
            steps.iter().filter(|step| step.functions.is_empty()).map(|step| &step.file).collect();
        assert!(silent.is_empty(), "{heading}: {silent:?}");
    }
}

#[test]
fn a_run_is_followed_in_few_files() {
    let files: BTreeSet<_> =
        trip("A run: `POST /v1/run`").into_iter().map(|step| step.file).collect();
    assert!((1..=FILES_MAX).contains(&files.len()), "{files:#?}");
}

//! `docs/fashn-coverage.md` names only files and tests that are there, and leaves out no page's
//! tests.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "the checks that tests share stand outside of test functions"
)]

use std::collections::BTreeSet;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What stands in backticks, in what is not planned only.
fn named(document: &str) -> BTreeSet<&str> {
    let cells = document.lines().flat_map(|line| line.split(" | "));
    let done = cells.filter_map(|cell| cell.split("planned").next());
    done.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

/// The test functions of a folder of tests.
fn tests_in(folder: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(root().join(folder)).expect("a folder") {
        let source = std::fs::read_to_string(entry.expect("an entry").path()).expect("a source");
        for after in source.split("#[test]").skip(1) {
            let name = after.split("fn ").nth(1).and_then(|rest| rest.split('(').next());
            names.insert(name.expect("a test has a name").to_owned());
        }
    }
    names
}

#[test]
fn every_file_named_is_there() {
    let document = text("docs/fashn-coverage.md");
    let rooms = ["contract/", "fashn/", "sandbox/", "src/", "storefront/", "tests/", "docs/"];
    let files = named(&document);
    let files: Vec<_> =
        files.iter().filter(|name| rooms.iter().any(|room| name.starts_with(room))).collect();
    assert!(files.len() > 40, "{}", files.len());
    for file in files {
        assert!(root().join(file).exists(), "{file} is not there");
    }
}

#[test]
fn every_test_named_is_there_and_every_page_s_tests_are_named() {
    let document = text("docs/fashn-coverage.md");
    let named = named(&document);
    let pages = tests_in("fashn/tests/pages");
    let known: BTreeSet<_> = pages.union(&tests_in("contract/tests")).cloned().collect();
    for name in named.iter().filter(|name| name.matches('_').count() >= 4) {
        let is_word = name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        assert!(!is_word || known.contains(*name), "no test is called {name}");
    }
    for file in [
        "every_parameter_row",
        "every_price",
        "every_api_level_error_row",
        "every_runtime_error_row",
    ] {
        assert!(named.contains(file), "{file}");
    }
}

/// The pages of the documentation, by their titles.
#[test]
fn every_page_is_there() {
    let document = text("docs/fashn-coverage.md");
    for title in [
        "Introduction",
        "API Fundamentals",
        "Data Retention & Privacy",
        "Error Handling",
        "Webhooks",
        "Background Remove",
        "Edit",
        "Face to Model",
        "Image to Video",
        "API Reference",
        "Model Create",
        "Model Swap",
        "Product to Model",
        "Reframe",
        "Try-On Max",
        "FASHN Virtual Try-On v1.6",
        "Coding Agents",
        "API Setup",
        "Image Preprocessing Best Practices",
        "Guides",
        "Next.js",
        "React Router",
        "Troubleshooting",
        "Try-On JavaScript",
        "Try-On Parameters",
        "Try-On Python",
        "Python",
        "TypeScript",
        "Credits Balance",
    ] {
        let heading = document.lines().any(|line| line.starts_with("## ") && line.contains(title));
        assert!(heading, "{title}");
    }
}

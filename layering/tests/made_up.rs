//! Crates made up for one question each, and this crate's own sources.

#![expect(clippy::expect_used, reason = "what tests share stands outside of test functions")]

use std::path::Path;

use layering::{Error, Kind, Sources};

/// Writes a crate's files and reads them. Each test has a folder of its own.
fn read(test: &str, files: &[(&str, &str)]) -> Result<Sources, Error> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("layering").join(test);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("removed");
    }
    for (file, text) in files {
        let file = folder.join(file);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("created");
        std::fs::write(file, text).expect("written");
    }
    Sources::read(&folder)
}

fn cycles(test: &str, files: &[(&str, &str)]) -> Vec<String> {
    read(test, files).expect("a crate").import_cycles()
}

const NONE: [&str; 0] = [];

#[test]
fn this_crate_keeps_its_own_rules() {
    let sources = Sources::read("src".as_ref()).expect("a crate");
    assert_eq!(sources.import_cycles(), NONE);
    assert_eq!(sources.style_faults(), NONE);
    let layers =
        [("module", 1), ("syntax", 2), ("read", 3), ("resolve", 4), ("names", 4), ("graph", 5)];
    assert_eq!(sources.layer_violations(&layers), NONE);
}

#[test]
fn two_modules_that_import_each_other_are_a_cycle() {
    let files = [
        ("lib.rs", "mod a;\nmod b;"),
        ("a.rs", "use crate::b::B;\npub struct A(B);"),
        ("b.rs", "pub struct B;\nfn f() -> Option<crate::a::A> { None }"),
    ];
    assert_eq!(cycles("two", &files), ["a → b → a (a.rs:1: crate::b::B; b.rs:2: crate::a::A)"]);
}

#[test]
fn a_way_down_without_a_way_back_is_none() {
    let files = [
        (
            "lib.rs",
            "pub mod a;\nmod b;\nmod c;\nuse std::fmt;\npub fn f() { a::f(); let _ = fmt::Error; }",
        ),
        ("a.rs", "use crate::{b::B, c::{self, C as D}};\npub fn f() {}"),
        ("b.rs", "use super::c::C;\npub struct B(C);"),
        ("c.rs", "use std::a;\npub struct C;\nimpl C { fn a(a: u8) -> u8 { a::a(a) } }"),
    ];
    assert_eq!(cycles("down", &files), NONE);
}

#[test]
fn a_cycle_of_folders_whose_files_have_none_is_one() {
    let files = [
        ("lib.rs", "mod a;\nmod b;"),
        ("a.rs", "mod low;\nmod high;"),
        ("a/low.rs", "pub struct Low;"),
        ("a/high.rs", "use crate::b::B;"),
        ("b.rs", "use crate::a::low::Low;\npub struct B;"),
    ];
    assert_eq!(
        cycles("folders", &files),
        ["a → b → a (a/high.rs:1: crate::b::B; b.rs:1: crate::a::low::Low)"]
    );
}

#[test]
fn a_re_export_counts_where_it_leads() {
    let facade = [
        ("lib.rs", "mod a;\nmod b;"),
        (
            "a.rs",
            "mod shape;\nmod tool;\npub use shape::*;\npub(crate) use self::tool::Tool as Spade;",
        ),
        ("a/shape.rs", "pub struct Shape;"),
        ("a/tool.rs", "use super::Shape;\npub struct Tool(Shape);"),
        ("b.rs", "use crate::a::{Shape, Spade};"),
    ];
    assert_eq!(cycles("facade", &facade), NONE);
    let mut used = facade;
    used[1].1 =
        "mod shape;\nmod tool;\npub use tool::Tool;\npub use shape::Shape;\npub struct Box(Tool);";
    used[3].1 = "use super::{Box, Shape};\npub struct Tool;";
    assert_eq!(cycles("used", &used), ["a → a::tool → a (a.rs:5: Tool; a/tool.rs:1: super::Box)"]);
    let mut back = facade;
    back[2].1 = "pub use crate::b::Shape;";
    back[4].1 = "pub struct Shape;\nfn f(_: crate::a::Spade) {}";
    assert_eq!(
        cycles("back", &back),
        ["a → b → a (a/shape.rs:1: crate::b::Shape; b.rs:2: crate::a::Spade)"]
    );
}

#[test]
fn nested_modules_are_modules() {
    let files = [(
        "lib.rs",
        "mod a { mod inner { use super::super::b; } pub struct A; }\nmod b { use crate::a::A; }",
    )];
    assert_eq!(
        cycles("nested", &files),
        ["a → b → a (lib.rs:1: super::super::b; lib.rs:2: crate::a::A)"]
    );
}

#[test]
fn macros_and_attributes_import_too() {
    for (test, text) in [
        ("call", "fn f() { println!(\"{}\", crate::b::B) }"),
        ("definition", "macro_rules! m { () => { $crate::b::B } }"),
        ("attribute", "#[derive(crate::b::B)]\nstruct A;"),
        ("group", "m! { use crate::{b::{B, C}}; }"),
    ] {
        let files = [("lib.rs", "mod a;\nmod b;"), ("a.rs", text), ("b.rs", "use crate::a;")];
        let [cycle] = <[String; 1]>::try_from(cycles(test, &files)).expect("one cycle");
        assert!(cycle.starts_with("a → b → a ("), "{test}: {cycle}");
    }
}

#[test]
fn tests_are_left_out() {
    let files = [
        ("lib.rs", "mod a;\nmod b;\n#[cfg(test)] mod only_tests;"),
        (
            "a.rs",
            "#[cfg(test)] use crate::b::B;\n#[cfg(all(test, unix))] fn f(_: crate::b::B) {}\n\
             struct A;\nimpl A { #[cfg(test)] fn f(_: crate::b::B) {} }\n#[cfg(test)] mod tests;",
        ),
        ("a/tests.rs", "use crate::b::B;\nstruct InTests;"),
        ("b.rs", "use crate::a;\npub struct B;\n#[cfg(test)]\nmod tests { use crate::a::A; }"),
    ];
    let sources = read("tests", &files).expect("a crate");
    assert_eq!(sources.import_cycles(), NONE);
    assert_eq!(sources.style_faults(), ["b.rs:4 has its tests inline: move them to tests.rs"]);
    assert!(sources.names().iter().all(|name| name.text != "InTests"));
    let not_tests = [
        ("lib.rs", "mod a;\nmod b;"),
        ("a.rs", "#[cfg(not(test))] use crate::b::B;"),
        ("b.rs", "use crate::a;\npub struct B;"),
    ];
    assert_eq!(cycles("not_tests", &not_tests).len(), 1);
}

#[test]
fn a_layer_imports_from_itself_and_below() {
    let files = [
        ("lib.rs", "mod app;\nmod run;\nmod http;"),
        ("app.rs", "use crate::run::view::View;\nuse crate::http;"),
        ("run.rs", "pub mod view;\npub mod state;"),
        ("run/view.rs", "use super::state;\nuse crate::app::App;\npub struct View;"),
        ("run/state.rs", ""),
        ("http.rs", "use crate::run::state;"),
    ];
    let sources = read("layers", &files).expect("a crate");
    assert_eq!(
        sources.layer_violations(&[("app", 3), ("run", 2), ("http", 1)]),
        [
            "http of layer 1 imports run::state of layer 2 (http.rs:1: crate::run::state)",
            "run::view of layer 2 imports app of layer 3 (run/view.rs:2: crate::app::App)",
        ]
    );
    assert_eq!(
        sources.layer_violations(&[("app", 3), ("run", 3), ("run::state", 1), ("http", 1)]),
        NONE
    );
    assert_eq!(
        sources.layer_violations(&[
            ("app", 3),
            ("run", 3),
            ("http", 3),
            ("https", 3),
            ("run::sta", 1)
        ]),
        [
            "the layers name https, which is no module",
            "the layers name run::sta, which is no module",
        ]
    );
    assert_eq!(
        sources.layer_violations(&[("app", 3), ("run::view", 3), ("run::state", 1), ("http", 1)]),
        ["run has no layer"]
    );
}

#[test]
fn one_style_of_files() {
    let files = [("main.rs", "mod a;"), ("a/mod.rs", "mod b;"), ("a/b.rs", "")];
    assert_eq!(
        read("style", &files).expect("a crate").style_faults(),
        ["a/mod.rs stands beside its submodules: name it after its folder"]
    );
}

#[test]
fn every_declared_name_is_listed() {
    let text = r#"pub struct Held { room: u8 }
enum Fate { Shown { at: u8 } }
trait Ear { const LOUD: u8; type Tag; fn hear(); }
impl Held { fn take(&self) { fn inner() {} } const MOST: u8 = 1; }
static DESK: u8 = 1;
mod gate { type Lane = u8; }
macro_rules! choices { () => {} }
choices! { Turn { Left = "l" } }
thread_local! { static DEBT: u8 = 1; }
fn r#loop() { let local = Local { held: 1 }; }"#;
    let sources = read("names", &[("lib.rs", text)]).expect("a crate");
    let names = sources.names();
    let told: Vec<_> =
        names.iter().map(|name| (name.text.as_str(), name.kind, name.line)).collect();
    assert_eq!(
        told,
        [
            ("Held", Kind::Type, 1),
            ("room", Kind::Field, 1),
            ("Fate", Kind::Type, 2),
            ("Shown", Kind::Variant, 2),
            ("at", Kind::Field, 2),
            ("Ear", Kind::Type, 3),
            ("LOUD", Kind::Constant, 3),
            ("Tag", Kind::Type, 3),
            ("hear", Kind::Function, 3),
            ("take", Kind::Function, 4),
            ("inner", Kind::Function, 4),
            ("MOST", Kind::Constant, 4),
            ("DESK", Kind::Constant, 5),
            ("gate", Kind::Module, 6),
            ("Lane", Kind::Type, 6),
            ("choices", Kind::Macro, 7),
            ("Turn", Kind::Type, 8),
            ("DEBT", Kind::Constant, 9),
            ("loop", Kind::Function, 10),
        ]
    );
}

#[test]
fn what_cannot_be_read_is_an_error() {
    let error = |test, files: &[(&str, &str)]| {
        read(test, files).map(|_| ()).expect_err("unreadable").to_string()
    };
    assert_eq!(
        error("missing", &[("lib.rs", "mod a;"), ("a.rs", "mod b;")]),
        "a.rs declares the module a::b, and no file of it is there"
    );
    assert!(error("no_root", &[("a.rs", "")]).ends_with("no_root has neither lib.rs nor main.rs"));
    assert_eq!(
        error("no_rust", &[("lib.rs", "fn f() {}\nfn 1() {}")]),
        "lib.rs line 2 isn't Rust: expected identifier"
    );
}

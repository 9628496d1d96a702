//! A module imports only from modules below it.

use layering::Sources;

const NONE: [&str; 0] = [];

#[test]
fn no_module_imports_in_a_circle() {
    let sources = Sources::read("src".as_ref()).expect("a crate");
    assert_eq!(sources.import_cycles(), NONE);
    assert_eq!(sources.style_faults(), NONE);
}

/// The names of `style.md`, left column, that stood here.
#[test]
fn former_names_are_gone() {
    let sources = Sources::read("src".as_ref()).expect("a crate");
    let former = [
        "Fault",
        "Faults",
        "Knob",
        "Knobs",
        "PLACE",
        "Skeleton",
        "Unreadable",
        "stand_in",
        "standing_in",
    ];
    let names = sources.names();
    let found: Vec<_> = names.iter().filter(|name| former.contains(&name.text.as_str())).collect();
    assert!(found.is_empty(), "{found:?}");
}

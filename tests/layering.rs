//! A module imports from its own layer and from those below it, never upwards and never in a
//! circle; names are those of the glossary.

use layering::{Kind, Sources};

/// Modules by layer, from `docs/architecture.md`.
const LAYERS: [(&str, u8); 10] = [
    ("worker", 4),
    ("app", 3),
    ("storage", 3),
    ("request", 2),
    ("run", 2),
    ("account", 2),
    ("notify", 2),
    ("config", 1),
    ("auth", 1),
    ("http", 1),
];

const NONE: [&str; 0] = [];

#[test]
fn a_module_imports_from_its_own_layer_and_from_those_below() {
    let layers = LAYERS.map(|(module, layer)| (module, layer.into()));
    let sources = Sources::read("src".as_ref()).expect("a crate");
    assert_eq!(sources.layer_violations(&layers), NONE);
}

#[test]
fn no_module_imports_in_a_circle() {
    let sources = Sources::read("src".as_ref()).expect("a crate");
    assert_eq!(sources.import_cycles(), NONE);
    assert_eq!(sources.style_faults(), NONE);
}

/// Names that meant nothing to a newcomer. Their successors are in `docs/glossary.md`.
const FORMER: [&str; 75] = [
    "Guest",
    "greet",
    "Greeting",
    "Traits",
    "seat",
    "Seat",
    "Held",
    "Room",
    "take_back",
    "Skeleton",
    "PLACE",
    "outline",
    "stand_in",
    "standing_in",
    "Pieces",
    "Margins",
    "said",
    "heard",
    "Asked",
    "Thrown",
    "Told",
    "Hinted",
    "Heard",
    "Desk",
    "obey",
    "Ear",
    "listening",
    "Form",
    "Ask",
    "Telling",
    "Tag",
    "Showing",
    "Fate",
    "kept_output",
    "relay",
    "Relay",
    "Application",
    "let_in",
    "gone",
    "Gate",
    "Hold",
    "FewerSlots",
    "trial",
    "Lane",
    "Place",
    "Turn",
    "Adrift",
    "Repeat",
    "judge_earlier",
    "Keep",
    "Disown",
    "Wipe",
    "Fault",
    "Faults",
    "Unsigned",
    "Unpassed",
    "Unreadable",
    "Knob",
    "Knobs",
    "reins",
    "Reins",
    "debt",
    "Debt",
    "absent",
    "Absent",
    "shard",
    "Batch",
    "batch",
    "Sorted",
    "remembered",
    "Remembered",
    "Permit",
    "Dispatcher",
    "Prediction",
    "stored",
];

#[test]
fn former_names_are_gone() {
    let sources = Sources::read("src".as_ref()).expect("a crate");
    let names = sources.names();
    let found: Vec<_> = names
        .iter()
        .filter(|name| name.kind != Kind::Variant && FORMER.contains(&name.text.as_str()))
        .collect();
    assert!(found.is_empty(), "{found:#?}");
}

//! Writes the JavaScript bindings of a compiled Worker: `binder IN.wasm OUT_FOLDER` makes
//! `index.js`, `index_bg.wasm` and `snippets/` there.

mod order;

use std::path::Path;
use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, folder] = arguments.as_slice() else {
        eprintln!("usage: binder IN.wasm OUT_FOLDER");
        return ExitCode::from(2);
    };
    match bind(input, folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("binder: {input}: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn bind(input: &str, folder: &str) -> Result<(), String> {
    let mut bindgen = Bindgen::new();
    bindgen
        .module(true)
        .and_then(|bindgen| {
            bindgen
                .input_path(input)
                .out_name("index")
                .typescript(false)
                // A sixth of the file; without them a panic still has its file and line.
                .remove_name_section(true)
                .remove_producers_section(true)
                // After a trap the entry module makes the instance anew.
                .reset_state_function(true)
                .force_enable_abort_handler(true)
                .generate(folder)
        })
        .map_err(|error| format!("{error:#}"))?;
    let file = Path::new(folder).join("index_bg.wasm");
    let wasm = std::fs::read(&file).map_err(|error| error.to_string())?;
    let wasm = order::by_code(&wasm).map_err(|error| error.to_string())?;
    std::fs::write(&file, wasm).map_err(|error| error.to_string())
}

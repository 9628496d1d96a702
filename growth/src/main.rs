//! `cargo run --profile simulation -p growth [-- --quick]`: what each step of the Dispatcher costs with much in its memory, as
//! JSON. `-- rows FINISHED NOW_MS` writes the rows of a memory with so many finished runs instead, as its object stores them: each a
//! line with the key and the value in hexadecimal.
//!
//! ```text
//! memory   a Dispatcher that remembers much, row by row
//! measure  the time of each kind of step, and the bytes that it writes
//! ```

mod measure;
mod memory;

use std::io::{self, BufWriter, Write as _};
use std::process::ExitCode;

use fitting_room::stored;

use memory::Load;

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        [] => print(&measure::all(&measure::FULL)),
        ["--quick"] => print(&measure::all(&measure::QUICK)),
        ["rows", finished, now_ms] => match (finished.parse(), now_ms.parse()) {
            (Ok(finished), Ok(now_ms)) => rows(finished, now_ms),
            _ => Err(io::Error::other("rows takes two numbers")),
        },
        _ => Err(io::Error::other("growth [--quick | rows FINISHED NOW_MS]")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn print(measured: &[measure::Series]) -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, measured)?;
    writeln!(out)
}

fn rows(finished: usize, now_ms: u64) -> io::Result<()> {
    let load = Load {
        finished,
        live: 0,
        kept_ms: 3_600_000,
        ..Load::default()
    };
    let mut out = BufWriter::new(io::stdout().lock());
    for row in memory::rows(&load, now_ms) {
        write!(out, "{} ", row.key().name())?;
        for byte in stored::write(&row) {
            write!(out, "{byte:02x}")?;
        }
        writeln!(out)?;
    }
    out.flush()
}

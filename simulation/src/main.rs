//! `cargo run --profile simulation -p simulation -- --histories 100000 [--seed 0] [--sqlite]` plays
//! seeded histories and says what they met. A failing one is shrunk and told in words, and the exit
//! status is 1. `--story SEED` tells one history.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use simulation::guards::Guards;
use simulation::plan::{EVENTS_MIN, Plan};
use simulation::shrink::shrink;
use simulation::tally::Tally;
use simulation::{Violation, play, play_on_sqlite, tell};

/// So many histories meet every fault.
const ENOUGH: u64 = 3_000;
/// Progress is told so often.
const PROGRESS_EVERY: u64 = 10_000;

/// What is to be played.
struct Arguments {
    histories: u64,
    seed: u64,
    on_sqlite: bool,
    story: Option<u64>,
}

fn main() -> ExitCode {
    let arguments = match read_arguments() {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    if let Some(seed) = arguments.story {
        print!("{}", tell(&Plan::of(seed), Guards::default()));
        return ExitCode::SUCCESS;
    }
    let next = AtomicU64::new(arguments.seed);
    let threads = thread::available_parallelism().map_or(1, usize::from).min(2);
    let played: Vec<_> = thread::scope(|scope| {
        let handles: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| play_all(&next, &arguments))).collect();
        handles.into_iter().filter_map(|handle| handle.join().ok()).collect()
    });
    if played.len() != threads {
        eprintln!("a thread did not come to its end");
        return ExitCode::FAILURE;
    }
    let mut tally = Tally::default();
    let mut shortest = u64::MAX;
    for result in &played {
        match result {
            Ok((part, least)) => {
                tally.add(part);
                shortest = shortest.min(*least);
            }
            Err((seed, violation)) => {
                report(*seed, violation);
                return ExitCode::FAILURE;
            }
        }
    }
    print(&arguments, shortest, &tally);
    judge(&arguments, shortest, &tally)
}

fn judge(arguments: &Arguments, shortest: u64, tally: &Tally) -> ExitCode {
    let unmet = tally.unmet();
    if arguments.histories >= ENOUGH && !unmet.is_empty() {
        eprintln!("never met, so this proves nothing of them: {unmet:#?}");
        return ExitCode::FAILURE;
    }
    if shortest < EVENTS_MIN {
        eprintln!("a history had only {shortest} events");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn play_all(next: &AtomicU64, arguments: &Arguments) -> Result<(Tally, u64), (u64, Violation)> {
    let end = arguments.seed.saturating_add(arguments.histories);
    let mut tally = Tally::default();
    let mut shortest = u64::MAX;
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= end {
            return Ok((tally, shortest));
        }
        let played = if arguments.on_sqlite {
            play_on_sqlite(&Plan::of(seed), Guards::default())
        } else {
            play(&Plan::of(seed), Guards::default())
        };
        let met = played.map_err(|violation| {
            // The others needn't go on.
            next.store(end, Ordering::Relaxed);
            (seed, violation)
        })?;
        shortest = shortest.min(met.events);
        tally.add(&met);
        let done = seed - arguments.seed + 1;
        if done.is_multiple_of(PROGRESS_EVERY) {
            println!("{done} histories");
        }
    }
}

fn report(seed: u64, violation: &Violation) {
    println!("seed {seed}: {violation}\nshrinking …");
    let smallest = shrink(&Plan::of(seed), Guards::default());
    println!("{}", tell(&smallest, Guards::default()));
}

fn print(arguments: &Arguments, shortest: u64, tally: &Tally) {
    println!(
        "{} histories, {} events, at least {shortest} in each",
        arguments.histories, tally.events
    );
    println!("{tally}");
}

fn read_arguments() -> Result<Arguments, String> {
    Ok(Arguments {
        histories: argument("--histories")?.unwrap_or(10_000),
        seed: argument("--seed")?.unwrap_or(0),
        on_sqlite: std::env::args().any(|argument| argument == "--sqlite"),
        story: argument("--story")?,
    })
}

fn argument(name: &str) -> Result<Option<u64>, String> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    match (arguments.next(), arguments.next()) {
        (None, _) => Ok(None),
        (Some(_), Some(value)) => {
            value.parse().map(Some).map_err(|_| format!("{name} takes a number, not {value}"))
        }
        (Some(_), None) => Err(format!("{name} takes a number")),
    }
}

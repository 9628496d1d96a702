//! `cargo run --release -p simulation -- --histories 100000 [--from 0]`: plays seeded histories and says what
//! they met. A failing one is shrunk and printed with its seed, and the exit status is 1.

use std::process::ExitCode;
use std::thread;

use simulation::guards::Guards;
use simulation::plan::Plan;
use simulation::{Tally, Violation, play, shrink};

fn main() -> ExitCode {
    let (histories, from) = match (argument("--histories", 10_000), argument("--from", 0)) {
        (Ok(histories), Ok(from)) => (histories, from),
        (Err(problem), _) | (_, Err(problem)) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    let threads = thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let guards = Guards::default();
    let played: Vec<_> = thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|thread| {
                let guards = &guards;
                let seeds = (from + thread..from + histories)
                    .step_by(usize::try_from(threads).unwrap_or(1));
                scope.spawn(move || play_all(seeds, guards))
            })
            .collect();
        handles
            .into_iter()
            .filter_map(|handle| handle.join().ok())
            .collect()
    });
    let mut tally = Tally::default();
    let mut shortest = u64::MAX;
    for result in &played {
        match result {
            Ok((part, least)) => {
                tally.add(part);
                shortest = shortest.min(*least);
            }
            Err((seed, violation)) => {
                let smallest = shrink(&Plan::of(*seed), &guards);
                println!("seed {seed}: {violation}\nshrunk: {smallest:#?}");
                if let Err(violation) = play(&smallest, &guards) {
                    println!("which gives: {violation}");
                }
            }
        }
    }
    if played.len() as u64 != threads || played.iter().any(Result::is_err) {
        return ExitCode::FAILURE;
    }
    println!(
        "{histories} histories, {} events, at least {shortest} in each\n\
         accepted {}, queued {}, refused {}, completed {}, failed {}, timed out {}, forgotten {}\n\
         every check held after every event: none lost, none paid twice, no limit passed\n\
         webhook before the answer of /v1/run: {}",
        tally.events,
        tally.accepted,
        tally.queued,
        tally.refused,
        tally.completed,
        tally.failed,
        tally.timed_out,
        tally.forgotten,
        tally.reordered,
    );
    for (fault, times) in &tally.faults {
        println!("  {fault:?}: {times}");
    }
    ExitCode::SUCCESS
}

fn play_all(
    seeds: impl Iterator<Item = u64>,
    guards: &Guards,
) -> Result<(Tally, u64), (u64, Violation)> {
    let mut tally = Tally::default();
    let mut shortest = u64::MAX;
    for seed in seeds {
        let met = play(&Plan::of(seed), guards).map_err(|violation| (seed, violation))?;
        shortest = shortest.min(met.events);
        tally.add(&met);
    }
    Ok((tally, shortest))
}

fn argument(name: &str, default: u64) -> Result<u64, String> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    match (arguments.next(), arguments.next()) {
        (None, _) => Ok(default),
        (Some(_), Some(value)) => value
            .parse()
            .map_err(|_| format!("{name} takes a number, not {value}")),
        (Some(_), None) => Err(format!("{name} takes a number")),
    }
}

//! `cargo run --profile simulation -p simulation -- --histories 100000 [--from 0] [--shards 1]`: plays seeded histories and says
//! what they met. A failing one is shrunk and printed with its seed, and the exit status is 1.
//!
//! With `--use` it plays a sale instead, and says how much of FASHN's rate several Dispatchers use (`sale`).

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use simulation::guards::Guards;
use simulation::plan::{EVENTS_LEAST, Plan};
use simulation::{Tally, Violation, play, sale, shrink};

/// So many histories meet every fault.
const ENOUGH: u64 = 1_000;

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--use") {
        print!("{}", sale::table());
        return ExitCode::SUCCESS;
    }
    let arguments = || {
        let shards = u32::try_from(argument("--shards", 1)?);
        let shards = shards.ok().filter(|shards| (1..=64).contains(shards));
        Ok::<_, String>((
            argument("--histories", 10_000)?,
            argument("--from", 0)?,
            shards.ok_or("--shards takes 1 to 64")?,
        ))
    };
    let (histories, from, shards) = match arguments() {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    let plan = |seed| match shards {
        1 => Plan::of(seed),
        shards => Plan::sharded(seed, shards),
    };
    let guards = Guards::default();
    let next = AtomicU64::new(from);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let played: Vec<_> = thread::scope(|scope| {
        let handles: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| play_all(&next, from.saturating_add(histories), plan, &guards)))
            .collect();
        handles
            .into_iter()
            .filter_map(|handle| handle.join().ok())
            .collect()
    });
    if played.len() != threads {
        eprintln!("a thread did not come to its end");
        return ExitCode::FAILURE;
    }
    let mut tally = Tally::default();
    let mut shortest = u64::MAX;
    let mut fails = false;
    for result in &played {
        match result {
            Ok((part, least)) => {
                tally.add(part);
                shortest = shortest.min(*least);
            }
            Err((seed, violation)) => {
                fails = true;
                report(&plan(*seed), violation, &guards);
            }
        }
    }
    if fails {
        return ExitCode::FAILURE;
    }
    print(histories, shortest, &tally);
    let unmet: Vec<_> = tally.unmet().collect();
    if histories >= ENOUGH && !unmet.is_empty() {
        eprintln!("never met, so this proves nothing of them: {unmet:?}");
        return ExitCode::FAILURE;
    }
    if shortest < EVENTS_LEAST {
        eprintln!("a history had only {shortest} events");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn play_all(
    next: &AtomicU64,
    end: u64,
    plan: impl Fn(u64) -> Plan,
    guards: &Guards,
) -> Result<(Tally, u64), (u64, Violation)> {
    let mut tally = Tally::default();
    let mut shortest = u64::MAX;
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= end {
            return Ok((tally, shortest));
        }
        let met = play(&plan(seed), guards).map_err(|violation| {
            // The others needn't go on.
            next.store(end, Ordering::Relaxed);
            (seed, violation)
        })?;
        shortest = shortest.min(met.events);
        tally.add(&met);
    }
}

fn report(plan: &Plan, violation: &Violation, guards: &Guards) {
    println!("seed {}: {violation}", plan.seed);
    let smallest = shrink(plan, guards);
    if let Err(violation) = play(&smallest, guards) {
        println!("shrunk: {violation}\n{smallest}");
    }
}

fn print(histories: u64, shortest: u64, tally: &Tally) {
    println!(
        "{histories} histories, {} events, at least {shortest} in each",
        tally.events
    );
    println!(
        "{} predictions accepted: none lost, none paid twice, no limit passed",
        tally.accepted
    );
    println!(
        "{} refused at the door, {} answered with an earlier one, {} waited, {} taken by FASHN",
        tally.refused, tally.repeated, tally.queued, tally.sent
    );
    println!(
        "{} completed, {} failed, {} timed out or canceled, {} forgotten, {} webhooks before the answer of /v1/run",
        tally.completed, tally.failed, tally.timed_out, tally.forgotten, tally.reordered
    );
    println!(
        "{} times an evicted Dispatcher forgot that FASHN has a run; {} status calls needed no permit",
        tally.unwritten, tally.unpermitted
    );
    println!("faults met:");
    for (fault, times) in &tally.faults {
        println!("  {fault:?} {times}");
    }
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

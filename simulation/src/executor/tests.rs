use std::cell::RefCell;
use std::future::{Future, pending};
use std::rc::Rc;

use super::{Cancel, Executor, Location, Polled, Reply, Scope, Step};
use crate::coverage::Trip;
use crate::randomness::RandomStream;

type Lines = Rc<RefCell<Vec<String>>>;

/// A world that is nothing but an executor.
struct Bare(Executor<Bare>);

impl Bare {
    fn of(seed: u64) -> Rc<Self> {
        Rc::new(Self(Executor::new(seed)))
    }

    fn spawn(&self, location: Location, work: impl Future<Output = ()> + 'static) {
        let scope = Scope {
            invocation: self.0.new_invocation(),
            location,
            trip: Trip::WorkerTouch,
            stream: RandomStream(0),
        };
        self.0.spawn(scope, u64::MAX, Box::pin(work));
    }

    /// Plays to the end; answers how many tasks waited outside of a port.
    fn play(self: &Rc<Self>) -> usize {
        let mut outside = 0;
        while let Some(step) = self.0.next() {
            match step {
                Step::Wake(id) => {
                    outside += usize::from(matches!(self.0.poll(id), Polled::OutsidePort(_)));
                }
                Step::Do(act) => act(self),
            }
            for cancel in self.0.take_canceled() {
                self.0.drop_tasks(cancel);
            }
        }
        outside
    }
}

#[test]
fn a_task_that_waits_outside_of_a_port_is_reported() {
    let bare = Bare::of(1);
    bare.spawn(Location::Worker, pending());
    assert_eq!(bare.play(), 1);
}

#[test]
fn time_passes_only_from_one_wait_to_the_next() {
    let (bare, lines) = (Bare::of(1), Lines::default());
    for wait_ms in [30, 10, 20] {
        let (world, lines) = (Rc::clone(&bare), Rc::clone(&lines));
        bare.spawn(Location::Worker, async move {
            world.0.until(wait_ms).await;
            lines.borrow_mut().push(format!("{wait_ms} at {}", world.0.now_ms()));
        });
    }
    assert_eq!(bare.play(), 0);
    assert_eq!(*lines.borrow(), ["10 at 10", "20 at 20", "30 at 30"]);
}

#[test]
fn an_answer_wakes_its_reader_and_a_late_one_does_not() {
    let (bare, lines) = (Bare::of(1), Lines::default());
    for (put_at_ms, until_ms) in [(5, None), (50, Some(20))] {
        let reply = Rc::new(Reply::default());
        let (world, lines, answer) = (Rc::clone(&bare), Rc::clone(&lines), Rc::clone(&reply));
        bare.spawn(Location::Worker, async move {
            let got: Option<u32> = answer.wait(&world.0, until_ms).await;
            lines.borrow_mut().push(format!("{got:?} at {}", world.0.now_ms()));
        });
        bare.0.act_at(put_at_ms, move |world| reply.put(&world.0, 7));
    }
    bare.play();
    assert_eq!(*lines.borrow(), ["Some(7) at 5", "None at 20"]);
}

#[test]
fn an_object_s_tasks_are_dropped_together_and_no_others() {
    let (bare, lines) = (Bare::of(1), Lines::default());
    for location in [Location::Account, Location::Worker, Location::Account] {
        let (world, lines) = (Rc::clone(&bare), Rc::clone(&lines));
        bare.spawn(location, async move {
            world.0.until(10).await;
            lines.borrow_mut().push(format!("{location:?}"));
        });
    }
    bare.0.act_at(5, |world| world.0.cancel(Cancel::Object(Location::Account)));
    bare.play();
    assert_eq!(*lines.borrow(), ["Worker"]);
}

#[test]
fn the_seed_decides_the_order_of_one_moment() {
    let order_of = |seed| {
        let (bare, lines) = (Bare::of(seed), Lines::default());
        for name in ["a", "b", "c", "d"] {
            let lines = Rc::clone(&lines);
            bare.0.act_at(1, move |_| lines.borrow_mut().push(name.to_owned()));
        }
        bare.play();
        lines.take()
    };
    assert_eq!(order_of(1), order_of(1), "the same each time");
    assert!((2..20).any(|seed| order_of(seed) != order_of(1)), "and others");
}

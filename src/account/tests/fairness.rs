use super::*;

#[test]
fn visitors_take_turns_however_much_one_of_them_asks_for() {
    let mut desk = Desk::with(|settings| settings.limits.slots = 1);
    let mut running = desk.go(1, "ann");
    let mallory: Vec<_> = (2..=5).map(|number| desk.queue(number, "mallory")).collect();
    let bob = desk.queue(6, "bob");
    let cat = desk.queue(7, "cat");
    let mut order = Vec::new();
    for _ in 0..6 {
        desk.completes(running);
        running = desk.gone()[0];
        order.push(running);
    }
    assert_eq!(order, [mallory[0], bob, cat, mallory[1], mallory[2], mallory[3]]);
}

#[test]
fn while_others_wait_one_visitor_holds_at_most_half_of_the_slots() {
    let mut desk = Desk::new();
    // Alone, it may have all.
    let mallory: Vec<_> = (1..=6).map(|number| desk.go(number, "mallory")).collect();
    let more: Vec<_> = (7..=9).map(|number| desk.queue(number, "mallory")).collect();
    let bob: Vec<_> = (10..=13).map(|number| desk.queue(number, "bob")).collect();
    for (ticket, next) in mallory.into_iter().take(3).zip(&bob) {
        desk.completes(ticket);
        assert_eq!(desk.gone(), [*next], "not mallory's {more:?}");
    }
}

#[test]
fn a_run_that_waits_has_a_place_that_counts_down_and_an_estimate() {
    let mut desk = Desk::with(|settings| settings.limits.slots = 1);
    let first = desk.go(1, "ann");
    let second = desk.queue(2, "bob");
    let third = desk.queue(3, "cat");
    let standing = |desk: &Desk, ticket: &Ticket| {
        let run = desk.run(ticket);
        desk.account.standing(&run, desk.now_ms).expect("live")
    };
    let place = standing(&desk, &third);
    assert_eq!((place.position, place.wait_seconds, place.eta_seconds), (2, 20, 30));
    assert_eq!(standing(&desk, &first).eta_seconds, 10);
    desk.later(4_000);
    desk.completes(first);
    // A run took 4 seconds: that is what is expected now.
    let place = standing(&desk, &third);
    assert_eq!((place.position, place.wait_seconds, place.eta_seconds), (1, 4, 8));
    assert_eq!(standing(&desk, &second).position, 0);
}

#[test]
fn an_estimate_knows_a_send_of_unknown_outcome_that_holds_the_slot() {
    let mut desk = Desk::with(|settings| settings.limits.slots = 1);
    let first = desk.go(1, "ann");
    desk.sent(first, 1, SendOutcome::Unknown);
    let second = desk.queue(2, "bob");
    let run = desk.run(&second);
    let standing = desk.account.standing(&run, desk.now_ms).expect("live");
    assert_eq!(standing.wait_seconds, 30, "20 s for the call and 10 s for the picture");
}

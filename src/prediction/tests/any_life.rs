//! Any events in any order at any times, whatever the clock does: what always holds of a prediction.

use proptest::prelude::*;

use super::*;
use crate::dispatcher::{Attempt, Reins};

const BODY: StoredBody = StoredBody {
    pieces: 2,
    bytes: 2 << 20,
};

fn any_event() -> impl Strategy<Value = (Event, i64)> {
    let id = prop_oneof![3 => Just("a-u1"), 1 => Just("b-u1")].prop_map(upstream);
    let news = prop_oneof![
        Just(News::Live(Status::InQueue)),
        Just(News::Live(Status::Processing)),
        Just(News::Over(completed())),
        Just(News::Over(Ending::Canceled(None))),
    ];
    let attempt = 0_u32..4;
    let outcome = prop_oneof![
        Just(Outcome::Charged(Some(Credits(1)))),
        Just(Outcome::Free),
        Just(Outcome::Unknown),
    ];
    let requeued = (attempt.clone(), prop::bool::ANY, 0_u64..2_000_000);
    let event = prop_oneof![
        4 => id.clone().prop_map(Event::Accepted),
        1 => Just(Event::Refused),
        4 => id.clone().prop_map(Event::Hinted),
        6 => (id.clone(), news.clone()).prop_map(|(upstream, news)| Event::Told(Report { upstream, news })),
        3 => (id, news).prop_map(|(upstream, news)| Event::Settled(Report { upstream, news })),
        4 => Just(Event::Alarm),
        1 => Just(Event::Forget),
        6 => attempt.clone().prop_map(Event::Permitted),
        4 => requeued.prop_map(|(attempt, with_body, wait_ms)| Event::Requeued {
            attempt,
            body: with_body.then_some(BODY),
            give_up_ms: NOW + wait_ms,
        }),
        2 => attempt.clone().prop_map(Event::Unanswered),
        2 => attempt.prop_map(|attempt| Event::Rejected {
            attempt,
            error: RuntimeError { name: "UnavailableError".into(), message: String::new() },
        }),
        3 => outcome.prop_map(Event::Reported),
    ];
    // Now and then the clock goes back.
    (event, -30_000_i64..120_000)
}

fn any_record() -> impl Strategy<Value = Record> {
    prop_oneof![
        Just(record()),
        Just(record().dispatched(1, Reins::Loose, NOW)),
        Just(record().queued(BODY, NOW + 1_800_000, NOW)),
    ]
}

/// What was seen of a life so far.
#[derive(Default)]
struct Seen {
    /// The last attempt that was sent.
    sent: Attempt,
    ended: Option<State>,
    hidden: bool,
    paid: bool,
}

impl Seen {
    fn check(
        &mut self,
        before: &Record,
        record: &Record,
        decision: &Decision,
    ) -> Result<(), TestCaseError> {
        match decision {
            Decision::Keep | Decision::Disown => {
                prop_assert_eq!(before, record, "changed, and not saved");
            }
            Decision::Send(body, attempt) => {
                prop_assert!(*attempt > self.sent, "{} was sent before", attempt);
                prop_assert_eq!(record.body(), Some(body));
                prop_assert_eq!(&record.state, &State::Sending);
                self.sent = *attempt;
            }
            Decision::Ask(asked) => match &record.state {
                State::Running { upstream, .. } => prop_assert_eq!(asked, upstream),
                state => prop_assert_eq!(
                    Some(state),
                    self.ended.as_ref(),
                    "asks for what isn't there"
                ),
            },
            Decision::Save => {}
            Decision::Wipe => return Ok(()),
        }
        let hidden = record.dispatch.as_ref().is_some_and(|with| with.hidden);
        if let Some(ended) = self.ended.as_ref().filter(|_| !hidden) {
            prop_assert_eq!(ended, &record.state, "a terminal state is final");
        } else if matches!(record.state, State::Ended { .. }) {
            self.ended = Some(record.state.clone());
        }
        match record.state {
            State::Queued => prop_assert!(record.body().is_some(), "nothing to send"),
            State::Sending => {}
            State::Running { .. } | State::Ended { .. } => prop_assert_eq!(record.body(), None),
        }
        prop_assert!(
            record.report().is_none() || self.ended.is_some(),
            "owes before it is over"
        );
        if let Some(dispatch) = &record.dispatch {
            prop_assert!(dispatch.hidden || !self.hidden, "shown again");
            self.hidden = dispatch.hidden;
            prop_assert!(
                !dispatch.hidden || dispatch.body.is_none(),
                "a forgotten photo is kept"
            );
            prop_assert_eq!(
                dispatch.debt == Debt::None,
                self.ended.is_none(),
                "{:?}",
                dispatch.debt
            );
            prop_assert!(
                dispatch.debt == Debt::Paid || !self.paid,
                "owes again what was paid"
            );
            self.paid = dispatch.debt == Debt::Paid;
        }
        Ok(())
    }
}

/// Told twice, the second time nothing changes, and nothing is sent or wiped that wasn't.
fn is_harmless_twice(record: &Record, event: &Event, now_ms: u64) -> Result<(), TestCaseError> {
    let mut again = record.clone();
    let decision = again.step(event.clone(), now_ms);
    prop_assert_eq!(&again, record, "told twice, {:?}", event);
    prop_assert!(!matches!(decision, Decision::Send(..)), "sent twice");
    Ok(())
}

/// Settled is told and reported in one: the record and the decision are what those two come to.
fn settles_what_it_would_report(
    mut apart: Record,
    report: &Report,
    (record, decision): (&Record, &Decision),
    now_ms: u64,
) -> Result<(), TestCaseError> {
    let outcome = apart.would_report(report, now_ms);
    let mut last = apart.step(Event::Told(report.clone()), now_ms);
    if last == Decision::Save {
        prop_assert_eq!(apart.report(), outcome);
    } else {
        prop_assert_eq!(outcome, None, "told of what is not taken in");
    }
    if let Some(outcome) = outcome {
        last = apart.step(Event::Reported(outcome), now_ms);
        prop_assert_eq!(record.report(), None);
    }
    prop_assert_eq!((record, decision), (&apart, &last));
    Ok(())
}

/// Before its time the alarm does nothing; at its time it does something, and the next is later.
fn alarm_is_for_something(record: &Record) -> Result<(), TestCaseError> {
    let alarm_ms = record.alarm_ms();
    let mut early = record.clone();
    prop_assert_eq!(early.step(Event::Alarm, alarm_ms - 1), Decision::Keep);
    let mut in_time = record.clone();
    let decision = in_time.step(Event::Alarm, alarm_ms);
    prop_assert!(decision != Decision::Keep, "woken for nothing");
    prop_assert!(
        decision == Decision::Wipe || in_time.alarm_ms() > alarm_ms,
        "woken for ever"
    );
    // It is due no later than there is something to do, and not at once.
    for now_ms in [alarm_ms - 20_000, alarm_ms - 1] {
        let due_ms = record.due_ms(None, now_ms);
        prop_assert!(now_ms < due_ms && due_ms <= alarm_ms);
    }
    Ok(())
}

/// By alarms alone it ends, no later than promised, and then nothing is left of it.
fn alarms_lead_to_its_end(mut record: Record, mut now_ms: u64) -> Result<(), TestCaseError> {
    for _ in 0..1_000 {
        now_ms = now_ms.max(record.alarm_ms());
        let deadline_ms = record.deadline_ms;
        let was_over = matches!(record.state, State::Ended { .. });
        match record.step(Event::Alarm, now_ms) {
            Decision::Wipe => {
                prop_assert!(was_over, "wiped before it ended");
                return Ok(());
            }
            _ if was_over => {}
            _ => {
                let is_over = matches!(record.state, State::Ended { .. });
                prop_assert!(now_ms < deadline_ms || is_over, "past its deadline");
            }
        }
    }
    prop_assert!(false, "it is never wiped: {:?}", record.state);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn whatever_happens_a_prediction_keeps_its_word(
        mut record in any_record(),
        steps in prop::collection::vec(any_event(), 0..40),
    ) {
        let mut now_ms = NOW;
        let sent = record.dispatch.as_ref().map_or(1, |dispatch| dispatch.attempt);
        let mut seen = Seen { sent, ..Seen::default() };
        for (event, later_ms) in steps {
            now_ms = now_ms.saturating_add_signed(later_ms);
            let before = record.clone();
            let decision = record.step(event.clone(), now_ms);
            seen.check(&before, &record, &decision)?;
            if let Event::Settled(report) = &event {
                settles_what_it_would_report(before, report, (&record, &decision), now_ms)?;
            }
            if decision == Decision::Wipe {
                return Ok(());
            }
            is_harmless_twice(&record, &event, now_ms)?;
            alarm_is_for_something(&record)?;
        }
        alarms_lead_to_its_end(record, now_ms)?;
    }
}

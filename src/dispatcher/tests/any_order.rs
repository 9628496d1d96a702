//! Any events in any order: what always holds of the Dispatcher.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn any_event() -> impl Strategy<Value = Event> {
    let run = 0_u8..30;
    let kind = prop_oneof![
        Just(RefusalKind::RateLimit),
        Just(RefusalKind::Concurrency),
        Just(RefusalKind::OutOfCredits),
        Just(RefusalKind::ServerError),
        Just(RefusalKind::Unauthorized),
        Just(RefusalKind::Request),
    ];
    let sent = prop_oneof![
        3 => Just(Sent::Accepted),
        1 => Just(Sent::Unknown),
        1 => kind.prop_map(refused),
    ];
    let outcome = prop_oneof![
        Just(Outcome::Charged(None)),
        Just(Outcome::Charged(Some(Credits(1)))),
        Just(Outcome::Free),
        Just(Outcome::Unknown),
    ];
    prop_oneof![
        4 => run.clone().prop_map(|run| Event::Admit(application(run, &format!("v{}", run % 4)))),
        3 => (run.clone(), 1_u32..4, sent)
            .prop_map(|(run, attempt, sent)| Event::Sent { ticket: ticket(run), attempt, sent }),
        3 => (run.clone(), outcome)
            .prop_map(|(run, outcome)| Event::Ended { ticket: ticket(run), outcome, sent_ms: None }),
        1 => run.clone().prop_map(|run| Event::Forgotten(ticket(run))),
        1 => run.prop_map(|run| Event::Absent(ticket(run))),
        3 => Just(Event::StatusWanted),
        1 => (0_u64..50).prop_map(|total| Event::BalanceTold { total, mark: 0 }),
        2 => Just(Event::Alarm),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_the_sums_hold_and_the_rows_say_it_all(
        steps in prop::collection::vec((any_event(), -500_i64..40_000, prop::bool::weighted(0.1)), 0..120),
    ) {
        let limits = DispatcherLimits { day_credits: 20, visitor_credits: 8, ..DispatcherLimits::default() };
        let mut dispatcher = Dispatcher::new(limits.clone());
        let mut stored = BTreeMap::new();
        let mut now_ms = NOW;
        for (event, later_ms, evicted) in steps {
            now_ms = now_ms.saturating_add_signed(later_ms);
            let step = dispatcher.step(event.clone(), now_ms);
            let writes = !step.rows.is_empty();
            prop_assert!(writes || step.effects.is_empty() && !step.sets_alarm);
            for change in step.rows {
                match change {
                    RowChange::Put(row) => {
                        let key = row.key();
                        let json = serde_json::to_string(&row).expect("serialises");
                        stored.insert(serde_json::to_string(&key).expect("serialises"), json);
                    }
                    RowChange::Delete(key) => {
                        stored.remove(&serde_json::to_string(&key).expect("serialises"));
                    }
                }
            }
            // What was stored is what is known, once something is written at all; but for that FASHN has a run.
            let rows = stored.values().map(|json| serde_json::from_str(json).expect("reads"));
            let mut restored = Dispatcher::restore(limits.clone(), rows);
            if writes {
                let mut knows = restored.as_if_awake();
                for (ticket, run) in dispatcher.runs() {
                    let stored = knows.run(*ticket).map(|stored| stored.phase);
                    if let (Some(Phase::Permitted { lease_ms: stored, .. }), Phase::InFlight { lease_ms, .. }) = (stored, run.phase) {
                        prop_assert_eq!(stored, lease_ms);
                        knows.keep(*ticket, run.clone());
                    }
                }
                prop_assert_eq!(&knows, &dispatcher);
            }
            // Now and then its memory is gone.
            if evicted {
                restored.wake(now_ms);
                restored.gate.slide(&limits, now_ms);
                let statuses = |of: &Dispatcher| of.gate.statuses.room(limits.statuses, 0);
                prop_assert!(statuses(&restored) <= statuses(&dispatcher), "a status permit is forgotten");
                let runs = |of: &Dispatcher| of.gate.runs.room(limits.runs, of.permitted);
                prop_assert!(runs(&restored) <= runs(&dispatcher), "a start is forgotten");
                prop_assert_eq!(restored.taken, dispatcher.taken);
                dispatcher = restored;
            }

            let gate = &dispatcher.gate;
            prop_assert!(gate.account.committed() <= 20);
            prop_assert!(dispatcher.visitors().all(|(_, known)| known.committed <= 8));
            prop_assert!(dispatcher.taken <= 6);
            let held: u64 = dispatcher.runs().filter(|(_, run)| run.holds_credits()).map(|(_, run)| u64::from(run.reserved.0)).sum();
            prop_assert_eq!(gate.reserved, held);
            // Nothing waits without being looked after.
            prop_assert!(dispatcher.runs.is_empty() || step.alarm_ms.is_some());

            // Told again at once, it changes nothing that is counted, unless nothing is known of it or time has more to do.
            let unknown = matches!(
                step.answer,
                Answer::Admission(Admission::Refused(_) | Admission::Over)
            );
            let rests = step.alarm_ms.is_none_or(|at_ms| at_ms > now_ms);
            if rests && !unknown && matches!(event, Event::Admit(_) | Event::Ended { .. } | Event::Forgotten(_)) {
                let mut again = dispatcher.clone();
                let _ = again.step(event, now_ms);
                prop_assert_eq!((again.gate.reserved, again.gate.charged), (gate.reserved, gate.charged));
                prop_assert_eq!(again.runs.len(), dispatcher.runs.len());
            }
        }
        // Alarms alone bring it to rest.
        for _ in 0..2_000 {
            let step = dispatcher.step(Event::Alarm, now_ms);
            if dispatcher.runs.is_empty() {
                break;
            }
            now_ms = now_ms.max(step.alarm_ms.unwrap_or(now_ms));
        }
        prop_assert!(dispatcher.runs.is_empty() && dispatcher.gate.reserved == 0);
    }
}

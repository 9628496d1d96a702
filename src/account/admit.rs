//! May a run be admitted, does it repeat an earlier one, and what is the answer.

use fashn::models::Credits;

use crate::account::admission::{Admission, AdmissionRequest, Refusal, RefusalReason};
use crate::account::queue::Readiness;
use crate::account::rows::{Rows, StorageError, VisitorDay, Write};
use crate::account::state::{Account, Changes, DAY_MS};
use crate::run::dedup::{Dedup, DedupKind, DedupQuery};
use crate::run::record::{Carrier, Charge, Ending, Run, State};
use crate::run::standing::Standing;
use crate::run::transition::Event as RunEvent;

impl Account {
    /// Admits a run, answers it with an earlier one, or refuses it.
    pub(super) fn admit(
        &mut self,
        request: AdmissionRequest,
        rows: &dyn Rows,
        now_ms: u64,
        changes: &mut Changes,
    ) -> Result<Admission, StorageError> {
        if let Some(run) = self.find(rows, &request.ticket)? {
            return Ok(self.admitted_before(&run, now_ms));
        }
        if let Some(admission) = self.resolve_duplicate(&request, rows, now_ms, changes)? {
            return Ok(admission);
        }
        let day = self.limiter.day;
        let visitor = rows.visitor(day, &request.visitor)?.unwrap_or_default();
        if let Err(refusal) = self.affordable(&request, &visitor, now_ms) {
            return Ok(Admission::Refused(refusal));
        }
        // Runs that wait go first.
        self.let_go(rows, now_ms, changes)?;
        let goes = self.may_go(&request, now_ms);
        let standing = self.standing_of_new(&request, now_ms);
        if !goes && let Err(refusal) = self.may_wait(&request, standing) {
            return Ok(Admission::Refused(refusal));
        }
        if !request.is_staff {
            let visitor = VisitorDay {
                committed: visitor.committed.saturating_add(u64::from(request.credits.0)),
                attempts: visitor.attempts.saturating_add(1),
            };
            let write = Write::PutVisitor(day, request.visitor.clone(), visitor);
            changes.writes.push(write);
        }
        let mut run = self.new_run(request, now_ms, changes);
        if goes {
            let limits = &self.settings.limits;
            self.limiter.breaker.pass(limits, run.ticket, now_ms);
            run.step(RunEvent::Go(Carrier::Worker), now_ms, &self.settings.times);
            let attempt = run.attempt;
            self.add(run, changes);
            return Ok(Admission::Go(attempt));
        }
        run.turn = Some(self.next_turn(0, &run.visitor));
        self.add(run, changes);
        Ok(Admission::Store(standing))
    }

    fn new_run(&self, request: AdmissionRequest, now_ms: u64, changes: &mut Changes) -> Run {
        let AdmissionRequest {
            ticket,
            visitor,
            is_staff,
            shop,
            model,
            class,
            credits,
            expected_ms,
            body_bytes,
            dedup,
        } = request;
        let names = dedup.iter().map(|query| query.name.clone()).collect();
        for query in dedup {
            changes.writes.push(Write::PutDedup(row(query, ticket)));
        }
        let until_ms = now_ms.saturating_add(self.settings.times.receive_ms);
        Run {
            ticket,
            visitor,
            is_staff,
            shop,
            model,
            class,
            credits,
            expected_ms,
            body_bytes,
            // Its credits belong to the day that has begun, although the clock may have gone back.
            admitted_ms: now_ms.max(self.limiter.day.saturating_mul(DAY_MS)),
            go_ms: 0,
            attempt: 0,
            failures: 0,
            turn: None,
            dedup: names,
            is_announced: false,
            is_deleted: false,
            charge: Charge::Reserved,
            state: State::Receiving { until_ms },
        }
    }

    /// The same ticket gets the same answer.
    fn admitted_before(&self, run: &Run, now_ms: u64) -> Admission {
        match run.state {
            State::Sending { carrier: Carrier::Worker, .. } => Admission::Go(run.attempt),
            State::Receiving { .. } => {
                let standing = self.standing(run, now_ms).unwrap_or_default();
                Admission::Store(standing)
            }
            State::Queued { .. }
            | State::Sending { .. }
            | State::Unknown { .. }
            | State::Running { .. }
            | State::Ended { .. } => Admission::Admitted,
        }
    }

    /// What admission would say; nothing changes.
    pub fn quote(
        &self,
        request: &AdmissionRequest,
        rows: &dyn Rows,
        now_ms: u64,
    ) -> Result<Admission, StorageError> {
        let visitor = rows.visitor(self.limiter.day, &request.visitor)?;
        if let Err(refusal) = self.affordable(request, &visitor.unwrap_or_default(), now_ms) {
            return Ok(Admission::Refused(refusal));
        }
        if self.may_go(request, now_ms) {
            return Ok(Admission::Go(1));
        }
        let standing = self.standing_of_new(request, now_ms);
        Ok(match self.may_wait(request, standing) {
            Ok(()) => Admission::Store(standing),
            Err(refusal) => Admission::Refused(refusal),
        })
    }

    /// A slot is free that no run that waits may have.
    fn may_go(&self, request: &AdmissionRequest, now_ms: u64) -> bool {
        let others_wait = self
            .visitors
            .iter()
            .any(|(visitor, load)| load.waiting > 0 && *visitor != request.visitor);
        self.readiness(now_ms) == Readiness::Ready
            && !(others_wait && self.has_half_of_slots(&request.visitor))
    }

    /// An earlier run that answers a request in its place, or stands in its way.
    fn resolve_duplicate(
        &mut self,
        request: &AdmissionRequest,
        rows: &dyn Rows,
        now_ms: u64,
        changes: &mut Changes,
    ) -> Result<Option<Admission>, StorageError> {
        for (index, query) in request.dedup.iter().enumerate() {
            let Some(dedup) = rows.dedup(&query.name)? else {
                continue;
            };
            let Some(earlier) = self.find(rows, &dedup.ticket)? else {
                continue;
            };
            if !earlier.is_visible(now_ms) {
                continue;
            }
            if dedup.fingerprint != query.fingerprint {
                return Ok(Some(Admission::KeyReused));
            }
            let times = &self.settings.times;
            match resolve(&earlier, query.kind, now_ms, times.result_ttl_ms) {
                Earlier::Unrelated => {}
                Earlier::InProgress => return Ok(Some(Admission::InProgress)),
                Earlier::Answers => {
                    let mut joined = earlier.clone();
                    joined.is_announced = true;
                    // A key that is new is from now on the earlier run's too.
                    for alias in request.dedup.iter().take(index) {
                        let most = self.settings.limits.dedup_per_run_max as usize;
                        if joined.dedup.len() < most && !joined.dedup.contains(&alias.name) {
                            joined.dedup.push(alias.name.clone());
                            let dedup = row(alias.clone(), joined.ticket);
                            changes.writes.push(Write::PutDedup(dedup));
                        }
                    }
                    let ticket = joined.ticket;
                    if joined != earlier {
                        self.replace(&earlier, joined, rows, now_ms, changes)?;
                    }
                    return Ok(Some(Admission::Duplicate(ticket)));
                }
            }
        }
        Ok(None)
    }

    fn affordable(
        &self,
        request: &AdmissionRequest,
        visitor: &VisitorDay,
        now_ms: u64,
    ) -> Result<(), Refusal> {
        let limits = &self.settings.limits;
        let credits = u64::from(request.credits.0);
        let over_visitor_budget =
            visitor.committed.saturating_add(credits) > u64::from(limits.visitor_day_credits);
        let reason = if let Some(reason) = self.unaffordable(request.credits) {
            reason
        } else if !request.is_staff && visitor.attempts >= limits.visitor_day_attempts {
            RefusalReason::VisitorAttempts
        } else if !request.is_staff && over_visitor_budget {
            RefusalReason::VisitorBudget
        } else {
            return Ok(());
        };
        let next_day_ms = self.limiter.day.saturating_add(1).saturating_mul(DAY_MS);
        let retry_after_ms = match reason {
            RefusalReason::DayBudget
            | RefusalReason::VisitorBudget
            | RefusalReason::VisitorAttempts => next_day_ms.saturating_sub(now_ms),
            RefusalReason::QueueFull
            | RefusalReason::VisitorQueueFull
            | RefusalReason::BodiesFull
            | RefusalReason::WaitTooLong
            | RefusalReason::BalanceFloor
            | RefusalReason::OutOfCredits => limits.balance_every_ms,
        };
        Err(Refusal {
            reason,
            retry_after_seconds: retry_after_ms.div_ceil(1_000).max(1),
            retry_helps: false,
            position: None,
        })
    }

    /// Why the account's credits don't allow a run, if they don't.
    fn unaffordable(&self, credits: Credits) -> Option<RefusalReason> {
        let limits = &self.settings.limits;
        let credits = u64::from(credits.0);
        if self.limiter.out_of_credits_until_ms.is_some() {
            return Some(RefusalReason::OutOfCredits);
        }
        let today = self.reserved.get(&self.limiter.day).copied().unwrap_or(0);
        let committed = self.spent_today.saturating_add(today);
        if committed.saturating_add(credits) > u64::from(limits.day_credits) {
            return Some(RefusalReason::DayBudget);
        }
        let balance = self.limiter.balance?;
        let needed = self
            .limiter
            .charged
            .saturating_sub(balance.mark)
            .saturating_add(self.reserved_in_all())
            .saturating_add(credits)
            .saturating_add(u64::from(limits.balance_floor));
        (needed > balance.total).then_some(RefusalReason::BalanceFloor)
    }

    /// Whether a run may wait there.
    fn may_wait(&self, request: &AdmissionRequest, standing: Standing) -> Result<(), Refusal> {
        let limits = &self.settings.limits;
        let waiting = self.visitors.get(&request.visitor);
        let waiting = waiting.map_or(0, |load| load.waiting);
        let waiting_in_all = self.visitors.values().map(|load| load.waiting as usize);
        let bytes = self.body_bytes.saturating_add(request.body_bytes);
        let reason = if waiting_in_all.sum::<usize>() >= limits.queue_max {
            RefusalReason::QueueFull
        } else if !request.is_staff && waiting >= limits.queue_per_visitor_max {
            RefusalReason::VisitorQueueFull
        } else if bytes > limits.bodies_bytes_max {
            RefusalReason::BodiesFull
        } else if standing.eta_seconds.saturating_mul(1_000) > limits.queue_wait_ms {
            RefusalReason::WaitTooLong
        } else {
            return Ok(());
        };
        Err(Refusal {
            reason,
            // After half the wait there is space again.
            retry_after_seconds: (standing.eta_seconds / 2).clamp(1, 600),
            retry_helps: true,
            position: Some(standing.position),
        })
    }
}

/// What an earlier run is to a request that repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Earlier {
    /// The request is answered with its id.
    Answers,
    /// Its own request isn't answered yet: the repeat comes again in a moment.
    InProgress,
    /// It has nothing to show: the request is admitted as a run of its own.
    Unrelated,
}

fn resolve(earlier: &Run, kind: DedupKind, now_ms: u64, ttl_ms: u64) -> Earlier {
    match (&earlier.state, kind) {
        (State::Receiving { .. }, _)
        | (State::Sending { carrier: Carrier::Worker, .. }, DedupKind::Key)
            if !earlier.is_announced =>
        {
            Earlier::InProgress
        }
        (_, DedupKind::Key)
        | (
            // An unknown send too: nobody knows whether it makes the picture that is asked for again.
            State::Receiving { .. }
            | State::Queued { .. }
            | State::Sending { .. }
            | State::Unknown { .. }
            | State::Running { .. },
            DedupKind::Likeness,
        ) => Earlier::Answers,
        (
            State::Ended { ending: Ending::Completed { .. }, expires_ms, .. },
            DedupKind::Likeness,
        ) if expires_ms.saturating_sub(now_ms) > ttl_ms / 2 => Earlier::Answers,
        (State::Ended { .. }, DedupKind::Likeness) => Earlier::Unrelated,
    }
}

fn row(query: DedupQuery, ticket: crate::auth::ids::Ticket) -> Dedup {
    Dedup { name: query.name, kind: query.kind, fingerprint: query.fingerprint, ticket }
}

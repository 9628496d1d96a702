//! May a run be admitted, does it repeat an earlier one, and what is the answer.

use crate::account::admission::{Admission, AdmissionRequest, Refusal, RefusalReason};
use crate::account::budget::BudgetQuery;
use crate::account::event::Tx;
use crate::account::notice::{Notice, RunNotice};
use crate::account::queue::Readiness;
use crate::account::rows::{Figures, FiguresKey, Result, Rows, VisitorDay, Write};
use crate::account::state::{Account, DAY_MS};
use crate::auth::ids::{Ticket, Visitor};
use crate::config::limits;
use crate::run::dedup::{Dedup, DedupKind, DedupQuery};
use crate::run::record::{Carrier, Charge, Ending, Run, RunSpec, State};
use crate::run::times::Now;
use crate::run::view::Standing;

impl Account {
    /// Admits a run, answers it with an earlier one, or refuses it.
    pub fn admit(&mut self, tx: &mut Tx<'_>, request: AdmissionRequest) -> Result<Admission> {
        let AdmissionRequest { spec, networks, is_signed_in, dedup, consent } = request;
        let now_ms = tx.now_ms;
        #[cfg(feature = "next-release")]
        if spec.model == "model-swap" {
            return Ok(Admission::Refused(Refusal {
                reason: RefusalReason::NotThisModel,
                retry_after_seconds: 60,
                retry_helps: false,
                position: None,
            }));
        }
        if let Some(run) = self.find(tx.rows, spec.ticket)? {
            return Ok(self.admitted_before(&run, now_ms));
        }
        if let Some(admission) = self.resolve_duplicate(tx, &dedup)? {
            return Ok(admission);
        }
        let day = self.limiter.day;
        let counted = Self::counted(tx.rows, day, &spec.visitor, &networks)?;
        if let Some(refusal) = self.unaffordable(&spec, is_signed_in, &counted, now_ms) {
            return Ok(refuse(tx, spec, refusal));
        }
        // Runs that wait go first.
        self.let_go(tx)?;
        let goes = self.may_go(&spec.visitor, now_ms);
        let standing = self.standing_behind(self.queue.len(), &spec, now_ms);
        if !goes && let Some(refusal) = self.too_full(&spec, standing) {
            return Ok(refuse(tx, spec, refusal));
        }
        if !spec.is_staff {
            for (name, mut of_day) in counted {
                if name == spec.visitor {
                    of_day.committed = of_day.committed.saturating_add(spec.credits.0.into());
                }
                of_day.attempts = of_day.attempts.saturating_add(1);
                tx.writes.push(Write::PutVisitor(day, name, of_day));
            }
        }
        let mut run = self.new_run(spec, now_ms);
        tx.note(run.ticket, RunNotice::Admitted { waits: !goes });
        for query in dedup {
            run.dedup.push(query.name.clone());
            tx.writes.push(Write::PutDedup(row(query, run.ticket)));
        }
        if goes {
            self.limiter.breaker.pass(&self.settings.limits, run.ticket, now_ms);
            let _ = run.go(Now { ms: now_ms, times: &self.settings.times }, Carrier::Worker);
            let (attempt, carrier) = (run.attempt, Carrier::Worker);
            tx.note(run.ticket, RunNotice::Sent { attempt, carrier });
        } else {
            run.turn = Some(self.next_turn(0, &run.visitor));
        }
        if let Some(consent) = consent {
            self.announce_consent(tx, &run, consent);
        }
        let attempt = run.attempt;
        self.add(tx, run);
        Ok(if goes { Admission::Go(attempt) } else { Admission::Store(standing) })
    }

    fn new_run(&self, spec: RunSpec, now_ms: u64) -> Run {
        Run {
            spec,
            // Its credits belong to the day that has begun, although the clock may have gone back.
            admitted_ms: now_ms.max(self.limiter.day.saturating_mul(DAY_MS)),
            go_ms: 0,
            attempt: 0,
            failures: 0,
            turn: None,
            dedup: Vec::new(),
            is_announced: false,
            is_deleted: false,
            charge: Charge::Reserved,
            state: State::Receiving {
                until_ms: now_ms.saturating_add(self.settings.times.receive_ms),
            },
        }
    }

    /// The same ticket gets the same answer.
    fn admitted_before(&self, run: &Run, now_ms: u64) -> Admission {
        match run.state {
            State::Sending { carrier: Carrier::Worker, .. } => Admission::Go(run.attempt),
            State::Receiving { .. } => {
                Admission::Store(self.standing(run, now_ms).unwrap_or_default())
            }
            State::Queued { .. }
            | State::Sending { carrier: Carrier::Body, .. }
            | State::Unknown { .. }
            | State::Running { .. }
            | State::Ended { .. } => Admission::Admitted,
        }
    }

    /// The visitor's day, and those of the wider networks that it is in.
    fn counted(
        rows: &dyn Rows,
        day: u64,
        visitor: &Visitor,
        networks: &[Visitor],
    ) -> Result<Vec<(Visitor, VisitorDay)>> {
        let names = [visitor].into_iter().chain(networks);
        names.map(|name| Ok((name.clone(), rows.visitor(day, name)?.unwrap_or_default()))).collect()
    }

    /// What admission would say; nothing changes.
    pub fn quote(
        &self,
        request: &AdmissionRequest,
        rows: &dyn Rows,
        now_ms: u64,
    ) -> Result<Admission> {
        let AdmissionRequest { spec, networks, is_signed_in, .. } = request;
        let day = self.day_at(now_ms);
        let counted = Self::counted(rows, day, &spec.visitor, networks)?;
        if let Some(refusal) = self.unaffordable(spec, *is_signed_in, &counted, now_ms) {
            return Ok(Admission::Refused(refusal));
        }
        if self.may_go(&spec.visitor, now_ms) {
            return Ok(Admission::Go(1));
        }
        let standing = self.standing_behind(self.queue.len(), spec, now_ms);
        Ok(self.too_full(spec, standing).map_or(Admission::Store(standing), Admission::Refused))
    }

    /// A slot is free that no run that waits may have.
    fn may_go(&self, visitor: &Visitor, now_ms: u64) -> bool {
        let mut waiting = self.visitors.iter().filter(|(_, load)| load.waiting > 0);
        let others_wait = waiting.any(|(other, _)| other != visitor);
        self.readiness(now_ms) == Readiness::Ready
            && !(others_wait && self.has_half_of_slots(visitor))
    }

    /// An earlier run that answers a request in its place, or stands in its way.
    fn resolve_duplicate(
        &mut self,
        tx: &mut Tx<'_>,
        queries: &[DedupQuery],
    ) -> Result<Option<Admission>> {
        for (index, query) in queries.iter().enumerate() {
            let Some(dedup) = tx.rows.dedup(&query.name)? else { continue };
            let earlier = self.find(tx.rows, dedup.ticket)?;
            let Some(earlier) = earlier.filter(|run| run.is_visible(tx.now_ms)) else { continue };
            if dedup.fingerprint != query.fingerprint {
                return Ok(Some(Admission::KeyReused));
            }
            if is_unanswered(&earlier, query.kind) {
                return Ok(Some(Admission::InProgress));
            }
            let ttl_ms = self.settings.times.result_ttl_ms;
            if query.kind == DedupKind::Likeness && !is_worth_joining(&earlier, tx.now_ms, ttl_ms) {
                continue;
            }
            let mut joined = earlier.clone();
            joined.is_announced = true;
            // A key that is new is from now on the earlier run's too.
            for alias in queries.iter().take(index) {
                let most = self.settings.limits.dedup_per_run_max as usize;
                if joined.dedup.len() < most && !joined.dedup.contains(&alias.name) {
                    joined.dedup.push(alias.name.clone());
                    tx.writes.push(Write::PutDedup(row(alias.clone(), joined.ticket)));
                }
            }
            if joined != earlier {
                self.replace(tx, &earlier, joined)?;
            }
            let (shop, model) = (earlier.shop.clone(), earlier.model.clone());
            let key = FiguresKey { day: self.limiter.day, shop, model };
            let joined = Figures { joined: 1, ..Figures::default() };
            tx.writes.push(Write::AddFigures(key, joined));
            return Ok(Some(Admission::Duplicate(earlier.ticket)));
        }
        Ok(None)
    }

    /// Why credits, brakes or the visitor's day don't allow a run, if they don't.
    fn unaffordable(
        &self,
        spec: &RunSpec,
        is_signed_in: bool,
        counted: &[(Visitor, VisitorDay)],
        now_ms: u64,
    ) -> Option<Refusal> {
        let RunSpec { shop, credits, is_staff, .. } = spec;
        let asked = BudgetQuery { shop, credits: *credits, is_staff: *is_staff, is_signed_in };
        let braked = self.braked(asked, now_ms).or_else(|| {
            if spec.is_staff {
                return None;
            }
            let committed = counted.first().map_or(0, |(_, visitor)| visitor.committed);
            let of_visitor = committed.saturating_add(credits.0.into());
            let tries = self.day_tries(shop, is_signed_in);
            let mut counts = counted.iter().zip(limits::VISITORS_COUNTED);
            let reason =
                if counts.any(|((_, day), times)| day.attempts >= tries.saturating_mul(times)) {
                    RefusalReason::VisitorAttempts
                } else if of_visitor > self.settings.limits.visitor_day_credits.into() {
                    RefusalReason::VisitorBudget
                } else {
                    return None;
                };
            let next_day_ms = self.day_at(now_ms).saturating_add(1).saturating_mul(DAY_MS);
            Some((reason, Some(next_day_ms.saturating_sub(now_ms))))
        });
        let (reason, retry_after_ms) = braked?;
        Some(Refusal {
            reason,
            retry_after_seconds: retry_after_ms.map_or(0, |ms| ms.div_ceil(1_000).max(1)),
            retry_helps: false,
            position: None,
        })
    }

    /// Why a run may not wait there, if it may not.
    fn too_full(&self, spec: &RunSpec, standing: Standing) -> Option<Refusal> {
        let limits = &self.settings.limits;
        let waiting = self.visitors.get(&spec.visitor).map_or(0, |load| load.waiting);
        let waiting_in_all: u64 = self.visitors.values().map(|load| load.waiting).sum();
        let bytes = self.body_bytes.saturating_add(spec.body_bytes);
        let reason = if waiting_in_all >= limits.queue_max as u64 {
            RefusalReason::QueueFull
        } else if !spec.is_staff && waiting >= limits.queue_per_visitor_max.into() {
            RefusalReason::VisitorQueueFull
        } else if bytes > limits.bodies_bytes_max {
            RefusalReason::BodiesFull
        } else if standing.eta_seconds.saturating_mul(1_000) > limits.queue_wait_ms {
            RefusalReason::WaitTooLong
        } else {
            return None;
        };
        Some(Refusal {
            reason,
            // After half the wait there is space again.
            retry_after_seconds: (standing.eta_seconds / 2).clamp(1, 600),
            retry_helps: true,
            position: Some(standing.position),
        })
    }
}

fn refuse(tx: &mut Tx<'_>, spec: RunSpec, refusal: Refusal) -> Admission {
    let RunSpec { shop, model, .. } = spec;
    tx.notices.push(Notice::Refused { shop, model, reason: refusal.reason });
    Admission::Refused(refusal)
}

/// The earlier run's own request isn't answered yet: the repeat comes again in a moment.
fn is_unanswered(earlier: &Run, kind: DedupKind) -> bool {
    let is_held = match earlier.state {
        State::Receiving { .. } => true,
        State::Sending { carrier, .. } => carrier == Carrier::Worker && kind == DedupKind::Key,
        State::Queued { .. }
        | State::Unknown { .. }
        | State::Running { .. }
        | State::Ended { .. } => false,
    };
    is_held && !earlier.is_announced
}

/// The earlier run makes the picture, or has most of its life left to show it. A send of unknown
/// outcome may make it too.
fn is_worth_joining(earlier: &Run, now_ms: u64, ttl_ms: u64) -> bool {
    let State::Ended { ending, expires_ms, .. } = &earlier.state else { return true };
    let is_completed = matches!(ending, Ending::Completed { .. });
    is_completed && expires_ms.saturating_sub(now_ms) > ttl_ms / 2
}

fn row(query: DedupQuery, ticket: Ticket) -> Dedup {
    let DedupQuery { name, kind, fingerprint } = query;
    Dedup { name, kind, fingerprint, ticket }
}

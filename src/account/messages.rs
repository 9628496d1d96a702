//! Messages to the merchant's backend: the outbox, its retries, and letters that are dead.

use crate::account::event::{Effect, Tx};
use crate::account::notice::{MessageOutcome, Notice};
use crate::account::rows::{DeadLetter, MessageId, OutboxMessage, Result, Write};
use crate::account::state::{Account, earliest};
use crate::auth::ids::Ticket;
use crate::config::limits;
use crate::run::record::{Run, State};

impl MessageId {
    /// Of the message about a run's end.
    pub fn of_run(ticket: &Ticket) -> Self {
        Self(ticket.hash())
    }

    /// Of the one to the address that staff named.
    pub fn for_staff(ticket: &Ticket) -> Self {
        Self(ticket.hash() + "s")
    }

    /// Of the one about what its shopper agreed to.
    pub fn of_consent(ticket: &Ticket) -> Self {
        Self(ticket.hash() + "c")
    }

    /// A number from 0 to 255 that differs from message to message, and from try to try.
    fn jitter(&self, tries: u32) -> u64 {
        let start = (tries as usize % 16) * 2;
        let digits = self.0.get(start..start + 2);
        digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or(0)
    }
}

/// The pause after a message's nth try, from 0, up to a fifth longer, so that messages that failed
/// together don't come again together.
fn pause_ms(id: &MessageId, tries: u32) -> u64 {
    let pauses = limits::MERCHANT_WEBHOOK_PAUSES_SECONDS;
    // After the last try its place's time alone is waited for.
    let Some(seconds) = pauses.get(tries as usize) else { return limits::MESSAGE_PLACE_MS };
    let ms = seconds.saturating_mul(1_000);
    ms.saturating_add(ms / 5 * id.jitter(tries) / 255)
}

impl Account {
    /// A run ended while its holder can see it.
    pub(super) fn announce_end(&mut self, tx: &mut Tx<'_>, run: &Run) {
        let State::Ended { ending, ended_ms, .. } = &run.state else { return };
        for id in self.messages_of(run) {
            let is_for_staff = id == MessageId::for_staff(&run.ticket);
            let message = OutboxMessage {
                id,
                ticket: Some(run.ticket),
                event: ["prediction.", ending.status().as_str()].concat(),
                at_ms: *ended_ms,
                detail: None,
                tries: 0,
                next_ms: tx.now_ms,
                outcome: None,
                url: run.webhook_url.clone().filter(|_| is_for_staff),
            };
            self.put_message(tx, message);
        }
    }

    /// A shopper's run was admitted: what the shopper agreed to, which has nothing of the run but
    /// its short hash.
    pub(super) fn announce_consent(&mut self, tx: &mut Tx<'_>, run: &Run, detail: String) {
        if !self.settings.has_merchant_webhook {
            return;
        }
        let message = OutboxMessage {
            id: MessageId::of_consent(&run.ticket),
            ticket: None,
            event: "consent.given".to_owned(),
            at_ms: tx.now_ms,
            detail: Some(detail),
            tries: 0,
            next_ms: tx.now_ms,
            outcome: None,
            url: None,
        };
        self.put_message(tx, message);
    }

    /// The messages that a run's end has: to the merchant's backend, and to the address that staff
    /// named.
    fn messages_of(&self, run: &Run) -> Vec<MessageId> {
        let own = self.settings.has_merchant_webhook.then(|| MessageId::of_run(&run.ticket));
        let of_staff = run.webhook_url.as_ref().map(|_| MessageId::for_staff(&run.ticket));
        own.into_iter().chain(of_staff).collect()
    }

    /// Begins the first try of a message, or lets it wait for a place. Its row is written once.
    pub(super) fn put_message(&mut self, tx: &mut Tx<'_>, message: OutboxMessage) {
        let next_ms = if self.messages.full_until_ms().is_none() {
            self.begin_message(tx, message)
        } else {
            tx.writes.push(Write::PutMessage(message));
            tx.now_ms.saturating_add(1)
        };
        // This event's own look at the outbox doesn't see it yet.
        tx.message_ms = earliest(tx.message_ms, Some(next_ms));
        self.next_message_ms = earliest(self.next_message_ms, tx.message_ms);
    }

    /// Messages that are due, as many as there are places.
    pub(super) fn send_messages(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        let now_ms = tx.now_ms;
        if self.next_message_ms.is_none_or(|at_ms| at_ms > now_ms)
            || self.messages.full_until_ms().is_some()
        {
            return Ok(());
        }
        let due = tx.rows.due_messages(now_ms, limits::MESSAGES_MAX * 2)?;
        let mut next_ms = tx.rows.next_message_ms(now_ms)?;
        for mut message in due {
            if tx.ended_messages.contains(&message.id) {
                continue;
            }
            if self.messages.contains(&message.id) {
                // It is looked at again when its call ends, or when its place's time is over.
                next_ms = earliest(next_ms, self.messages.next_ms());
                continue;
            }
            if message.tries >= limits::MERCHANT_WEBHOOK_ATTEMPTS_MAX {
                bury(tx, message);
                continue;
            }
            if self.messages.full_until_ms().is_some() {
                next_ms = Some(now_ms);
                break;
            }
            if let Some(ticket) = message.ticket {
                let run = self.find(tx.rows, ticket)?;
                message.ticket =
                    run.filter(|run| run.is_visible(now_ms)).map(|run| run.spec.ticket);
            }
            next_ms = earliest(next_ms, Some(self.begin_message(tx, message)));
        }
        self.next_message_ms = earliest(next_ms, tx.message_ms);
        Ok(())
    }

    /// Begins one more try of a message; answers when it is due again.
    fn begin_message(&mut self, tx: &mut Tx<'_>, mut message: OutboxMessage) -> u64 {
        message.next_ms = tx.now_ms.saturating_add(pause_ms(&message.id, message.tries));
        message.tries = message.tries.saturating_add(1);
        let place_until_ms = tx.now_ms.saturating_add(limits::MESSAGE_PLACE_MS);
        self.messages.take(message.id.clone(), place_until_ms);
        tx.effects.push(Effect::Deliver(Box::new(message.clone())));
        let next_ms = message.next_ms;
        tx.writes.push(Write::PutMessage(message));
        next_ms
    }

    /// A try of a message is over; `failure` says why the backend gets it once more.
    pub fn message_sent(
        &mut self,
        tx: &mut Tx<'_>,
        id: &MessageId,
        failure: Option<String>,
    ) -> Result<()> {
        self.messages.give_back(id);
        let Some(mut message) = tx.rows.message(id)? else { return Ok(()) };
        let tries = message.tries;
        let outcome = match failure {
            None => {
                tx.ended_messages.push(id.clone());
                tx.writes.push(Write::DeleteMessage(id.clone()));
                MessageOutcome::Taken
            }
            Some(failure) => {
                message.outcome = Some(failure);
                if tries >= limits::MERCHANT_WEBHOOK_ATTEMPTS_MAX {
                    bury(tx, message);
                    return Ok(());
                }
                self.next_message_ms = earliest(self.next_message_ms, Some(message.next_ms));
                tx.writes.push(Write::PutMessage(message));
                MessageOutcome::Failed
            }
        };
        tx.notices.push(Notice::Message { id: id.clone(), tries, outcome });
        Ok(())
    }

    /// A run's holder deleted it: what wasn't sent of it never is.
    pub(super) fn drop_messages(&self, tx: &mut Tx<'_>, run: &Run) {
        let consent = self.settings.has_merchant_webhook && !run.is_staff;
        let consent = consent.then(|| MessageId::of_consent(&run.ticket));
        for id in self.messages_of(run).into_iter().chain(consent) {
            tx.ended_messages.push(id.clone());
            tx.writes.push(Write::DeleteMessage(id.clone()));
            tx.writes.push(Write::DeleteDeadLetter(id));
        }
    }

    /// A run's time is over: its messages keep what was known, without the run's ticket.
    pub(super) fn expire_messages(&self, tx: &mut Tx<'_>, run: &Run) -> Result<()> {
        for id in self.messages_of(run) {
            if !tx.ended_messages.contains(&id)
                && let Some(message) = tx.rows.message(&id)?
            {
                tx.writes.push(Write::PutMessage(OutboxMessage { ticket: None, ..message }));
            }
        }
        Ok(())
    }

    /// Staff send a dead letter again: whether there is one.
    pub fn send_again(&mut self, tx: &mut Tx<'_>, id: &MessageId) -> Result<bool> {
        let Some(letter) = tx.rows.dead_letter(id)? else { return Ok(false) };
        let DeadLetter { id, event, at_ms, detail, outcome, url, .. } = letter;
        tx.writes.push(Write::DeleteDeadLetter(id.clone()));
        let (ticket, tries, next_ms) = (None, 0, tx.now_ms);
        let message =
            OutboxMessage { id, ticket, event, at_ms, detail, tries, next_ms, outcome, url };
        self.put_message(tx, message);
        Ok(true)
    }
}

/// The last try failed: staff can look at the message and send it again.
fn bury(tx: &mut Tx<'_>, message: OutboxMessage) {
    let OutboxMessage { id, event, at_ms, detail, tries, outcome, url, .. } = message;
    tx.ended_messages.push(id.clone());
    tx.writes.push(Write::DeleteMessage(id.clone()));
    tx.notices.push(Notice::Message { id: id.clone(), tries, outcome: MessageOutcome::Dead });
    let dead_ms = tx.now_ms;
    let letter = DeadLetter { id, event, at_ms, detail, tries, outcome, dead_ms, url };
    tx.writes.push(Write::PutDeadLetter(letter));
}

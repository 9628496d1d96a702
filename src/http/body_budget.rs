//! The memory for request bodies of one isolate. The platform ends an isolate with all its requests
//! when its 128 MB are not enough, so a body that doesn't fit is refused, with a time to come
//! again.
//!
//! Bytes are reserved as they arrive: a length that is only declared takes nothing from others.
//!
//! | bound | why |
//! |---|---|
//! | [`BYTES_MAX`] in all | the isolate's memory |
//! | [`SMALL_ONLY_BYTES`] of these for small bodies | small requests go on while uploads stall |
//! | [`ADDRESS_BYTES_MAX`] of one network address | one sender leaves room for the others |
//! | [`RESERVATIONS_MAX`], [`ADDRESS_RESERVATIONS_MAX`] | connections that send nothing |
//!
//! A body beyond these bounds is taken while it is the only large one, so that [the largest
//! body](crate::config::limits::BODY_BYTES) that a merchant allows gets through.

use thiserror::Error;

/// Bytes of all bodies, from their first byte until FASHN has them. Each is there up to three times
/// (as it came, in base64, as FASHN gets it), and the isolate has 128 MB.
pub const BYTES_MAX: usize = 24 << 20;

/// Of these, bytes that large bodies leave free.
pub const SMALL_ONLY_BYTES: usize = 4 << 20;

/// A body up to this is small.
pub const SMALL_BODY_BYTES: usize = 1 << 20;

/// Bytes of the bodies of one network address.
pub const ADDRESS_BYTES_MAX: usize = BYTES_MAX / 2;

/// Bodies that arrive or are sent at once: a sale's 300 shoppers in one isolate, and as many again.
pub const RESERVATIONS_MAX: usize = 600;

/// Of these, bodies of one network address: an office shares one.
pub const ADDRESS_RESERVATIONS_MAX: usize = 32;

/// The time after which a reservation counts as lost: longer than a body's arrival (60 s) and its
/// send (25 s) together.
pub const RESERVATION_MS: u64 = 150_000;

/// `Retry-After` of a refusal: FASHN has taken the other bodies by then.
pub const RETRY_AFTER_SECONDS: u64 = 2;

/// The memory is full, or this address has its part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("memory for request bodies is full")]
pub struct BudgetFull;

/// Names a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReservationId(u64);

/// The reservations of an isolate.
#[derive(Debug, Default)]
pub struct MemoryBudget {
    reservations: Vec<Reservation>,
    next: u64,
}

#[derive(Debug)]
struct Reservation {
    id: u64,
    /// Staff have none, and no bound of their own.
    address: Option<String>,
    bytes: usize,
    since_ms: u64,
}

impl Reservation {
    fn is_large(&self) -> bool {
        self.bytes > SMALL_BODY_BYTES
    }

    fn is_of(&self, address: &str) -> bool {
        self.address.as_deref() == Some(address)
    }
}

impl MemoryBudget {
    /// An empty budget.
    pub const fn new() -> Self {
        Self { reservations: Vec::new(), next: 0 }
    }

    /// Begins a reservation, of no bytes yet. A declared length that doesn't fit now is refused
    /// before a byte is read.
    pub fn reserve(
        &mut self,
        address: Option<&str>,
        declared_bytes: Option<usize>,
        now_ms: u64,
    ) -> Result<ReservationId, BudgetFull> {
        self.reservations.retain(|one| now_ms.saturating_sub(one.since_ms) < RESERVATION_MS);
        let of_address = address.map_or(0, |address| {
            let its = self.reservations.iter().filter(|one| one.is_of(address));
            its.count()
        });
        if self.reservations.len() >= RESERVATIONS_MAX || of_address >= ADDRESS_RESERVATIONS_MAX {
            return Err(BudgetFull);
        }
        if !self.fits(None, address, declared_bytes.unwrap_or(0)) {
            return Err(BudgetFull);
        }
        let id = self.next;
        self.next += 1;
        self.reservations.push(Reservation {
            id,
            address: address.map(str::to_owned),
            bytes: 0,
            since_ms: now_ms,
        });
        Ok(ReservationId(id))
    }

    /// Takes more bytes for a body, as they arrive.
    ///
    /// # Errors
    /// [`BudgetFull`], and the reservation stays as it was. So is one that was released or expired.
    pub fn grow(&mut self, id: ReservationId, more_bytes: usize) -> Result<(), BudgetFull> {
        let at = self.reservations.iter().position(|one| one.id == id.0);
        let (at, one) =
            at.and_then(|at| Some((at, self.reservations.get(at)?))).ok_or(BudgetFull)?;
        let bytes = one.bytes.saturating_add(more_bytes);
        if !self.fits(Some(id), one.address.as_deref(), bytes) {
            return Err(BudgetFull);
        }
        if let Some(one) = self.reservations.get_mut(at) {
            one.bytes = bytes;
        }
        Ok(())
    }

    /// Gives all bytes of a reservation back. Released twice, or after it expired, it changes
    /// nothing.
    pub fn release(&mut self, id: ReservationId) {
        self.reservations.retain(|one| one.id != id.0);
    }

    /// Whether a body of so many bytes fits beside the others.
    fn fits(&self, id: Option<ReservationId>, address: Option<&str>, bytes: usize) -> bool {
        let (mut all, mut large, mut of_address) = (bytes, 0_usize, bytes);
        for other in &self.reservations {
            if id.is_some_and(|id| id.0 == other.id) {
                continue;
            }
            all = all.saturating_add(other.bytes);
            if other.is_large() {
                large = large.saturating_add(other.bytes);
            }
            if address.is_some_and(|address| other.is_of(address)) {
                of_address = of_address.saturating_add(other.bytes);
            }
        }
        let bounded = address.is_none() || of_address <= ADDRESS_BYTES_MAX;
        if bytes <= SMALL_BODY_BYTES {
            let small = all - large;
            bounded && (all <= BYTES_MAX || small <= SMALL_ONLY_BYTES)
        } else if large == 0 {
            let small = all - bytes;
            all <= BYTES_MAX || small <= SMALL_ONLY_BYTES
        } else {
            let large = large.saturating_add(bytes);
            bounded && large <= BYTES_MAX - SMALL_ONLY_BYTES && all <= BYTES_MAX
        }
    }
}

#[cfg(test)]
mod tests;

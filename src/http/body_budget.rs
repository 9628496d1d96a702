//! The memory for request bodies of one isolate. The platform ends an isolate with all its requests
//! when its 128 MB are not enough, so a body that doesn't fit is refused, with a time to come
//! again.
//!
//! Bytes are reserved as they arrive: a length that is only declared takes nothing from others. A
//! body beyond the bounds is taken while it is the only large one, so that [the largest
//! body](crate::config::table::MAX_BODY_BYTES) that a merchant allows gets through.

use thiserror::Error;

/// Bytes of all bodies, from their first byte until FASHN has them. Each is there up to three times
/// (as it came, in base64, as FASHN gets it).
pub const BYTES_MAX: usize = 20 << 20;
/// Of these, bytes that large bodies leave free: small requests go on while uploads stall.
pub const SMALL_ONLY_BYTES: usize = 3 << 20;
pub const SMALL_BODY_BYTES: usize = 1 << 20;
/// One sender leaves room for the others.
pub const ADDRESS_BYTES_MAX: usize = BYTES_MAX / 2;
/// Bodies that arrive or are sent at once: a sale's 300 shoppers in one isolate, and as many again.
/// It bounds connections that send nothing.
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReservationId(u64);

#[derive(Debug, Default)]
pub struct MemoryBudget {
    reservations: Vec<Reservation>,
    next: u64,
}

#[derive(Debug)]
struct Reservation {
    id: ReservationId,
    /// Staff have none, and no bound of their own.
    address: Option<String>,
    bytes: usize,
    since_ms: u64,
}

impl Reservation {
    fn is_large(&self) -> bool {
        self.bytes > SMALL_BODY_BYTES
    }

    fn is_of(&self, address: Option<&str>) -> bool {
        address.is_some() && self.address.as_deref() == address
    }
}

impl MemoryBudget {
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
        let of_address = self.reservations.iter().filter(|one| one.is_of(address)).count();
        if self.reservations.len() >= RESERVATIONS_MAX
            || of_address >= ADDRESS_RESERVATIONS_MAX
            || !self.fits(address, declared_bytes.unwrap_or(0))
        {
            return Err(BudgetFull);
        }
        let id = ReservationId(self.next);
        self.next += 1;
        let address = address.map(str::to_owned);
        self.reservations.push(Reservation { id, address, bytes: 0, since_ms: now_ms });
        Ok(id)
    }

    /// Takes more bytes for a body, as they arrive. If they don't fit, the reservation stays as it
    /// was. One that was released or expired has no room.
    pub fn grow(&mut self, id: ReservationId, more_bytes: usize) -> Result<(), BudgetFull> {
        let at = self.reservations.iter().position(|one| one.id == id).ok_or(BudgetFull)?;
        let mut grown = self.reservations.swap_remove(at);
        let bytes = grown.bytes.saturating_add(more_bytes);
        let fits = self.fits(grown.address.as_deref(), bytes);
        if fits {
            grown.bytes = bytes;
        }
        self.reservations.push(grown);
        if fits { Ok(()) } else { Err(BudgetFull) }
    }

    /// Releases all bytes of a reservation. Released twice, or after it expired, it changes
    /// nothing.
    pub fn release(&mut self, id: ReservationId) {
        self.reservations.retain(|one| one.id != id);
    }

    /// Whether a body of so many bytes fits beside the reservations.
    fn fits(&self, address: Option<&str>, bytes: usize) -> bool {
        let sum = |is_counted: &dyn Fn(&Reservation) -> bool| -> usize {
            let counted = self.reservations.iter().filter(|one| is_counted(one));
            counted.map(|one| one.bytes).sum()
        };
        let large = sum(&Reservation::is_large);
        let small = sum(&|one| !one.is_large());
        let all = (large + small).saturating_add(bytes);
        let of_address = sum(&|one| one.is_of(address)).saturating_add(bytes);
        let address_fits = address.is_none() || of_address <= ADDRESS_BYTES_MAX;
        if bytes <= SMALL_BODY_BYTES {
            address_fits && (all <= BYTES_MAX || small + bytes <= SMALL_ONLY_BYTES)
        } else if large == 0 {
            all <= BYTES_MAX || small <= SMALL_ONLY_BYTES
        } else {
            let large = large.saturating_add(bytes);
            address_fits && large <= BYTES_MAX - SMALL_ONLY_BYTES && all <= BYTES_MAX
        }
    }
}

#[cfg(test)]
mod tests;

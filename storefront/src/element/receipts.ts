// The gateway's receipts of what the shopper agreed to, on the shopper's device: the newest, until the photo is forgotten or the
// run deleted. A receipt names no person and opens no picture.

const RECEIPTS = 'try-it-on:receipts';
const MOST_RECEIPTS = 40;

interface Kept {
  receipt: string;
  keptAtMs: number;
}

export function keepReceipt(receipt: string): void {
  write([{ receipt, keptAtMs: Date.now() }, ...read()].slice(0, MOST_RECEIPTS));
}

export function dropReceipt(wanted: string | undefined): void {
  if (wanted !== undefined) write(read().filter(({ receipt }) => receipt !== wanted));
}

/** Those that were kept until then. */
export function dropReceipts(untilMs: number): void {
  const kept = read();
  const later = kept.filter(({ keptAtMs }) => keptAtMs > untilMs);
  if (later.length < kept.length) write(later);
}

function read(): Kept[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(RECEIPTS) ?? '[]');
    return Array.isArray(value) ? (value as Kept[]) : [];
  } catch {
    return [];
  }
}

/** Storage may be switched off: then the page alone gets the receipt, by its event. */
function write(kept: Kept[]): void {
  try {
    if (kept.length > 0) localStorage.setItem(RECEIPTS, JSON.stringify(kept));
    else localStorage.removeItem(RECEIPTS);
  } catch {
    // As if nothing was kept.
  }
}

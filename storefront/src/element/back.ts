// "Back" closes the dialog: an entry of ours in the history lies on top of the page's own, and is the same page. One at a
// time, as there is one dialog at a time.

/** In the history's state: an entry of ours. */
const MARK = 'tryItOn';

/** What the page's own entry had, while ours lies on top of it. */
let former: { state: unknown } | undefined;
/** What "back" does, while a dialog is shown. */
let closing: (() => void) | undefined;
/** Ours is being left: the browser says so later, and another dialog may be shown by then. */
let isLeaving = false;

/** From now on "back" calls `close`. */
export function catchBack(close: () => void): void {
  closing = close;
  addEventListener('popstate', wentBack, true);
  if (!isLeaving) push();
}

/** "Back" is the page's again. The entry stays: the dialog was moved, and may come back. */
export function leaveBack(): void {
  closing = undefined;
}

/** The dialog was closed by other means than "back": its entry goes with it. */
export function dropBack(): void {
  closing = undefined;
  if (!former || isLeaving || !isOurs(history.state)) return;
  isLeaving = tryHistory(() => history.back());
}

/**
 * The page's router has nothing to do with our entry: Turbo draws the page anew for every entry that has its mark, so the
 * mark is taken off for as long as ours lies on top.
 */
function push(): void {
  const state = history.state as Record<string, unknown> | null;
  if (isOurs(state)) return;
  const { turbo: _, ...rest } = state ?? {};
  tryHistory(() => {
    history.replaceState(rest, '');
    history.pushState({ ...rest, [MARK]: true }, '');
    former = { state };
  });
}

function wentBack(event: PopStateEvent): void {
  if (!isLeaving && !closing) return;
  event.stopImmediatePropagation();
  const own = former;
  former = undefined;
  if (own) tryHistory(() => history.replaceState(own.state, ''));
  if (!isLeaving) return closing?.();
  isLeaving = false;
  if (closing) push();
}

function isOurs(state: unknown): boolean {
  return typeof state === 'object' && state !== null && MARK in state;
}

/** Pages in a sandbox, or without an address of their own, have no history to write: "back" leaves the page there, as ever. */
function tryHistory(use: () => void): boolean {
  try {
    use();
    return true;
  } catch {
    return false;
  }
}

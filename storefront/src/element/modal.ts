// The dialog element as a modal of somebody else's page: the page behind it stands still and hears nothing, "back" closes it,
// and a photo that is dropped or pasted anywhere is given to it.

export interface ModalEvents {
  closed(): void;
  photo(file: Blob): void;
  dragging(over: boolean): void;
}

/** In the history's state: an entry of ours, which is the same page. */
const MARK = 'tryItOn';
/** A theme's own keys and form handlers must not run for what happens in here. */
const PRIVATE = ['keydown', 'keyup', 'keypress', 'beforeinput', 'input', 'change'];
/** An element that comes back so soon was moved. */
const MOVED_WITHIN_MS = 2_000;

/** One at a time: two modals over each other would be one too many. */
let shown: Modal | undefined;

export class Modal {
  readonly element = document.createElement('dialog');
  readonly #events: ModalEvents;
  #pressedOutside = false;
  /** What the page's own entry had, while ours lies on top of it. */
  #former: { state: unknown } | undefined;
  #leftAtMs: number | undefined;
  #unlock: (() => void) | undefined;

  constructor(root: ShadowRoot, events: ModalEvents) {
    this.#events = events;
    const { element } = this;
    element.setAttribute('part', 'dialog');
    element.setAttribute('aria-labelledby', 'title');
    element.addEventListener('close', () => this.#closed());
    // A press on the backdrop lands on the dialog itself. One that began inside was a selection of text.
    element.addEventListener('pointerdown', ({ target }) => (this.#pressedOutside = target === element));
    element.addEventListener('click', ({ target }) => {
      if (target === element && this.#pressedOutside) element.close();
    });
    for (const type of PRIVATE) element.addEventListener(type, (event) => event.stopPropagation());
    root.append(element);
  }

  get isOpen(): boolean {
    return this.element.open;
  }

  show(): void {
    if (this.element.open && this.element.matches(':modal')) return;
    if (shown !== this) shown?.close();
    shown = this;
    this.#leftAtMs = undefined;
    // In the tree but not in the top layer: it was moved.
    this.element.removeAttribute('open');
    this.element.showModal();
    this.#unlock ??= lockScrolling();
    addEventListener('popstate', this.#back, true);
    for (const type of ['dragover', 'dragleave', 'drop', 'paste'] as const) addEventListener(type, this.#brought, true);
    this.#pushEntry();
  }

  close(): void {
    this.element.close();
  }

  /** The element stands in another place, or again in its own. */
  moved(): void {
    const isMoved = this.element.open && !this.element.matches(':modal');
    const isBack = this.#leftAtMs !== undefined && performance.now() - this.#leftAtMs < MOVED_WITHIN_MS;
    this.#leftAtMs = undefined;
    if (isMoved || isBack) this.show();
  }

  /** The element is out of the page, and the dialog out of the top layer. The shopper has not closed it. */
  left(): void {
    if (!this.element.open) return;
    this.#leftAtMs = performance.now();
    this.element.removeAttribute('open');
    this.#release();
  }

  #closed(): void {
    this.#release();
    if (this.#former && isOurs(history.state)) {
      addEventListener('popstate', this.#leaveEntry, { capture: true, once: true });
      tryHistory(() => history.back());
    }
    this.#events.closed();
  }

  #release(): void {
    if (shown === this) shown = undefined;
    this.#unlock?.();
    this.#unlock = undefined;
    removeEventListener('popstate', this.#back, true);
    for (const type of ['dragover', 'dragleave', 'drop', 'paste'] as const) removeEventListener(type, this.#brought, true);
  }

  /**
   * An entry of ours for the same page. The page's router has nothing to do with it: Turbo draws the page anew for every
   * entry that has its mark, so the mark is taken off for as long as ours lies on top.
   */
  #pushEntry(): void {
    const state = history.state as Record<string, unknown> | null;
    if (isOurs(state)) return;
    const { turbo: _, ...rest } = state ?? {};
    tryHistory(() => {
      history.replaceState(rest, '');
      history.pushState({ ...rest, [MARK]: true }, '');
      this.#former = { state };
    });
  }

  readonly #leaveEntry = (event: PopStateEvent): void => {
    event.stopImmediatePropagation();
    const former = this.#former;
    this.#former = undefined;
    if (former) tryHistory(() => history.replaceState(former.state, ''));
  };

  readonly #back = (event: PopStateEvent): void => {
    this.#leaveEntry(event);
    this.close();
  };

  /** Everywhere in the window: a photo dropped beside the box would otherwise take the page's place. */
  readonly #brought = (event: DragEvent | ClipboardEvent): void => {
    const data = event instanceof DragEvent ? event.dataTransfer : event.clipboardData;
    if (!data || ![...data.types].includes('Files')) return;
    if (event.type !== 'dragleave') event.preventDefault();
    this.#events.dragging(event.type === 'dragover');
    const file = event.type === 'drop' || event.type === 'paste' ? data.files[0] : undefined;
    if (file) this.#events.photo(file);
  };
}

function isOurs(state: unknown): boolean {
  return typeof state === 'object' && state !== null && MARK in state;
}

/** Pages in a sandbox, or without an address of their own, have no history to write. */
function tryHistory(use: () => void): void {
  try {
    use();
  } catch {
    // "Back" leaves the page there, as ever.
  }
}

/** The page keeps its place and its width. Returns what undoes it. */
function lockScrolling(): () => void {
  const { documentElement: root, body } = document;
  const former = [root.style.overflow, body.style.overflow, root.style.scrollbarGutter] as const;
  if (innerWidth > root.clientWidth) root.style.scrollbarGutter = 'stable';
  root.style.overflow = 'hidden';
  body.style.overflow = 'hidden';
  return () => {
    [root.style.overflow, body.style.overflow, root.style.scrollbarGutter] = former;
  };
}

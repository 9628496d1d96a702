// The dialog element as a modal of somebody else's page: the page behind it stands still and hears nothing, "back" closes it,
// and a photo that is dropped or pasted anywhere is given to it.
import { catchBack, dropBack, leaveBack } from './back.ts';

export interface ModalEvents {
  closed(): void;
  /** Escape: whether something in the dialog takes it, which then stays open. */
  escaped(): boolean;
  photo(file: Blob): void;
  dragging(over: boolean): void;
}

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
  #leftAtMs: number | undefined;
  #unlock: (() => void) | undefined;

  constructor(root: ShadowRoot, events: ModalEvents) {
    this.#events = events;
    const { element } = this;
    element.setAttribute('part', 'dialog');
    element.setAttribute('aria-labelledby', 'title');
    // Closed before the browser does it: what follows must not wait for the task in which it tells, as the page may be
    // gone by then, or the dialog open again. A picker of files that is left says `cancel` too.
    element.addEventListener('cancel', (event) => {
      if (event.target !== element) return;
      if (this.#events.escaped()) event.preventDefault();
      else this.close();
    });
    // Where a browser closes it without asking.
    element.addEventListener('close', () => element.open || this.#closed());
    // A press on the backdrop lands on the dialog itself. One that began inside was a selection of text, and the second
    // click of two was meant for the button.
    element.addEventListener('pointerdown', ({ target }) => (this.#pressedOutside = target === element));
    element.addEventListener('click', ({ target, detail }) => {
      if (target === element && this.#pressedOutside && detail < 2) this.close();
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
    for (const type of ['dragover', 'dragleave', 'drop', 'paste'] as const) addEventListener(type, this.#brought, true);
    catchBack(() => this.close());
  }

  close(): void {
    this.element.close();
    this.#closed();
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
    leaveBack();
  }

  #closed(): void {
    // Seen to before, or the element was taken out of the page.
    if (shown !== this) return;
    this.#release();
    dropBack();
    this.#events.closed();
  }

  #release(): void {
    if (shown === this) shown = undefined;
    this.#unlock?.();
    this.#unlock = undefined;
    for (const type of ['dragover', 'dragleave', 'drop', 'paste'] as const) removeEventListener(type, this.#brought, true);
  }

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

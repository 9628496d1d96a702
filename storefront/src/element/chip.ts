// What a closed dialog leaves: a small sign at the edge of the window that follows the shopper across pages, shows how far the
// picture is, says when it is there, and leads back to it.
import { html, nothing, render } from 'lit/html.js';
import { fraction } from './estimate.ts';
import { closeIcon } from './figures.ts';
import type { Page } from './host.ts';
import { imageKey, keyOf } from './run-memory.ts';
import type { Run, Runs } from './runs.ts';
import type { Language } from './strings.ts';
import styles from './styles/chip.css';

/** How the chip gets at what is behind it. */
export interface ChipContext {
  page: Page;
  runs: Runs;
  /** The run that an open dialog shows: it needs no chip. */
  shown(): string | undefined;
  language(): Language;
}

export class Chip {
  readonly #context: ChipContext;
  readonly #place = document.createElement('div');
  readonly #root = this.#place.attachShadow({ mode: 'open' });
  /** Runs whose chip was sent away, by key. */
  readonly #dismissed = new Set<string>();
  /** Runs that were under way on this page: only what comes of these is news. */
  readonly #awaited = new Set<string>();
  #clock: ReturnType<typeof setInterval> | undefined;

  constructor(context: ChipContext) {
    this.#context = context;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    this.#root.adoptedStyleSheets = [sheet];
    context.runs.onChange(() => this.update());
  }

  /** The newest run that the shopper waits for, or whose picture she hasn't seen. */
  #run(): Run | undefined {
    const shown = this.#context.shown();
    for (const run of this.#context.runs.all) {
      const key = keyOf(run.subject);
      if (run.phase.name === 'running' && run.id !== undefined) this.#awaited.add(key);
      // Seen in the dialog, or failed, which the dialog says when it is opened.
      if (key === shown && run.phase.name !== 'running') this.#awaited.delete(key);
    }
    return this.#context.runs.all.reverse().find((run) => {
      const key = keyOf(run.subject);
      return this.#awaited.has(key) && key !== shown && !this.#dismissed.has(key);
    });
  }

  update(): void {
    const run = this.#run();
    const isRunning = run?.phase.name === 'running';
    if (isRunning) this.#clock ??= setInterval(() => this.update(), 1_000);
    else {
      clearInterval(this.#clock);
      this.#clock = undefined;
    }
    if (!run) {
      this.#place.remove();
      return;
    }
    // A page that was drawn anew has lost it.
    if (!this.#place.isConnected) document.body.append(this.#place);
    const language = this.#context.language();
    const { chip, close } = language.strings;
    this.#place.lang = language.tag;
    this.#place.dir = language.direction;
    const text = { running: chip.running, done: chip.done, failed: chip.failed }[run.phase.name];
    const done = isRunning ? fraction(run.estimate, Date.now()) : 1;
    render(
      html`<div class="chip" part="chip">
        <button type="button" class="open" part="chip-open" @click=${() => this.#open(run)}>
          <span role="status"><b>${text}</b> <span class="title">${run.title}</span></span>
          ${isRunning ? html`<progress max="1" value=${done ?? nothing} aria-label=${text}></progress>` : nothing}
        </button>
        <button type="button" class="away" part="chip-close" aria-label=${close} @click=${() => this.#dismiss(run)}>${closeIcon}</button>
      </div>`,
      this.#root,
    );
  }

  #dismiss(run: Run): void {
    this.#dismissed.add(keyOf(run.subject));
    this.update();
  }

  /** To the button that the run belongs to, on this page or on the one where it was started. */
  #open(run: Run): void {
    const host = [...this.#context.page.hosts].find(({ config }) => {
      const { gateway, product } = config();
      return gateway === run.subject.gateway && imageKey(product.image) === run.subject.image;
    });
    if (host) {
      host.open();
      return;
    }
    const { memory } = this.#context.page;
    const record = memory.find(run.subject);
    if (!record) return;
    memory.remember({ ...record, open: true });
    location.assign(record.page);
  }
}

// `<staff-chart>`: days on the x axis, drawn by uPlot in the page's colours. What it shows is in a table beside it, too.
import uPlot from 'uplot';
import { day, shortDay } from './numbers.ts';

const DAY_SECONDS = 86_400;

export interface Line {
  label: string;
  /** A custom property of the style sheet. */
  colour: string;
  /** Bars stand on each other: each value includes those of the bars after it. */
  kind: 'bar' | 'line' | 'limit';
  values: (number | null)[];
  text: (value: number, index: number) => string;
}

export interface ChartData {
  label: string;
  days: number[];
  lines: Line[];
  axis: (value: number) => string;
}

class Chart extends HTMLElement {
  #data: ChartData | undefined;
  #drawn = '';
  #plot: uPlot | undefined;
  readonly #scheme = matchMedia('(prefers-color-scheme: dark)');
  readonly #redraw = (): void => {
    this.#drawn = '';
    this.#draw();
  };
  readonly #resized = new ResizeObserver(() => {
    if (this.clientWidth === 0) return;
    if (this.#plot) this.#plot.setSize({ width: this.clientWidth, height: heightFor(this.clientWidth) });
    else this.#draw();
  });

  set data(data: ChartData) {
    this.#data = data;
    this.#draw();
  }

  connectedCallback(): void {
    this.#scheme.addEventListener('change', this.#redraw);
    this.#resized.observe(this);
    this.#draw();
  }

  disconnectedCallback(): void {
    this.#scheme.removeEventListener('change', this.#redraw);
    this.#resized.disconnect();
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#drawn = '';
  }

  #draw(): void {
    const data = this.#data;
    if (!data || !this.isConnected || this.clientWidth === 0) return;
    // Each look at the figures makes the same data again.
    const same = JSON.stringify(data);
    if (same === this.#drawn) return;
    this.#drawn = same;
    this.#plot?.destroy();
    this.replaceChildren();
    const picture = document.createElement('div');
    picture.setAttribute('role', 'img');
    picture.setAttribute('aria-label', data.label);
    const legend = document.createElement('p');
    legend.className = 'legend';
    this.append(legend, picture);
    const xs = data.days.map((value) => value * DAY_SECONDS);
    this.#plot = new uPlot(this.#options(data, legend), [xs, ...data.lines.map(({ values }) => values)] as uPlot.AlignedData, picture);
    tell(data, legend, null);
  }

  #options(data: ChartData, legend: HTMLElement): uPlot.Options {
    const style = getComputedStyle(this);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const grid = { stroke: colour('--line'), width: 1 };
    const font = '12px system-ui, sans-serif';
    const axis = { stroke: colour('--soft'), font, ticks: { show: false } };
    const bars = uPlot.paths.bars?.({ size: [0.72, 28], align: 0 });
    return {
      width: this.clientWidth,
      height: heightFor(this.clientWidth),
      padding: [8, 20, 0, 0],
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { size: 7 }, y: false },
      scales: {
        x: { time: true, range: (_, min, max) => [min - DAY_SECONDS / 2, max + DAY_SECONDS / 2] },
        y: { range: (_, __, max) => [0, Math.max(max, 1) * 1.08] },
      },
      axes: [
        { ...axis, grid: { show: false }, space: 60, size: 28, incrs: [1, 2, 7, 14, 30].map((days) => days * DAY_SECONDS), values: (_, splits) => splits.map((seconds) => shortDay(Math.floor(seconds / DAY_SECONDS))) },
        { ...axis, grid, size: 48, values: (_, splits) => splits.map(data.axis) },
      ],
      series: [
        {},
        ...data.lines.map(({ kind, colour: name }) => ({
          stroke: colour(name),
          width: kind === 'bar' ? 0 : 2,
          points: { show: false },
          ...(kind === 'bar' ? { fill: colour(name), ...(bars ? { paths: bars } : {}) } : {}),
          ...(kind === 'limit' ? { dash: [4, 4] } : {}),
        })),
      ],
      hooks: { setCursor: [(plot) => tell(data, legend, plot.cursor.idx ?? null)] },
    };
  }
}

/** The legend, with the values of the day under the pointer. */
function tell({ days, lines }: ChartData, legend: HTMLElement, index: number | null): void {
  const items = lines.map(({ label, colour, kind, values, text }) => {
    const item = document.createElement('span');
    item.className = `key ${kind}`;
    item.style.setProperty('--key', `var(${colour})`);
    const value = index === null ? null : values[index];
    item.textContent = value === null || value === undefined ? label : `${label} ${text(value, index ?? 0)}`;
    return item;
  });
  const on = document.createElement('span');
  on.className = 'on';
  const at = index === null ? undefined : days[index];
  on.textContent = at === undefined ? '' : day(at);
  legend.replaceChildren(...items, on);
}

const heightFor = (width: number): number => (width < 480 ? 190 : 240);

customElements.define('staff-chart', Chart);

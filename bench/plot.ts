// Small line charts beside each other, as one SVG that reads in light and in dark.

export interface Line {
  name: string;
  points: [x: number, y: number][];
}

export interface Chart {
  title: string;
  /** What is to the right, and what is upwards. */
  x: string;
  y: string;
  /** Powers of ten to the right. */
  log: boolean;
  lines: Line[];
}

const [WIDTH, HEIGHT, COLUMNS] = [460, 300, 2];
const AREA = { left: 48, right: 168, top: 46, bottom: 44 };
/** The least distance of two names. */
const LINE = 15;

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 13px; } .axis { fill: #59636e; font-size: 11px; }
  .paper { fill: #ffffff; } .grid { stroke: #d1d9e0; stroke-width: 1; }
  polyline { fill: none; stroke-width: 2; }
  .c0 { --c: #0969da; } .c1 { --c: #bc4c00; } .c2 { --c: #1a7f37; } .c3 { --c: #8250df; } .c4 { --c: #bf3989; } .c5 { --c: #7d6608; } .c6 { --c: #57606a; }
  polyline { stroke: var(--c); } circle, .name { fill: var(--c); }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; } .axis { fill: #9198a1; } .paper { fill: #0d1117; } .grid { stroke: #3d444d; }
    .c0 { --c: #4493f8; } .c1 { --c: #f0883e; } .c2 { --c: #3fb950; } .c3 { --c: #ab7df8; } .c4 { --c: #f778ba; } .c5 { --c: #d2b84a; } .c6 { --c: #b1bac4; }
  }`;

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const short = (value: number) => (value >= 1e3 ? `${value / 1e3},000`.replace(/^(\d+)\.(\d)\d*,000$/, '$1,$200') : String(value));

/** A round number that is not below. */
function ceiling(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((step) => step * power >= value) ?? 10) * power;
}

/** Where the names stand: beside their line’s end, and none on another. */
function apart(wanted: number[]): number[] {
  const order = wanted.map((_, at) => at).toSorted((one, other) => (wanted[one] ?? 0) - (wanted[other] ?? 0));
  const placed = [...wanted];
  order.forEach((at, rank) => {
    const above = order[rank - 1];
    if (above !== undefined) placed[at] = Math.max(placed[at] ?? 0, (placed[above] ?? 0) + LINE);
  });
  // Pushed below the area, they move up together.
  let lowest = HEIGHT - AREA.bottom;
  for (const at of order.toReversed()) {
    placed[at] = Math.min(placed[at] ?? 0, lowest);
    lowest = (placed[at] ?? 0) - LINE;
  }
  return placed;
}

function drawn({ title, x, y, log, lines }: Chart): string {
  const all = lines.flatMap(({ points }) => points);
  const xs = [...new Set(all.map(([at]) => at))].toSorted((one, other) => one - other);
  const [from, to] = [xs[0] ?? 0, xs.at(-1) ?? 1];
  const most = ceiling(Math.max(...all.map(([, value]) => value)));
  const scale = (value: number) => (log ? Math.log(value) : value);
  const begin = log ? scale(from) : 0;
  const right = (value: number) => AREA.left + ((scale(value) - begin) / (scale(to) - begin)) * (WIDTH - AREA.left - AREA.right);
  const up = (value: number) => HEIGHT - AREA.bottom - (value / most) * (HEIGHT - AREA.top - AREA.bottom);
  const names = apart(lines.map(({ points }) => up(points.at(-1)?.[1] ?? 0)));
  const ticks = [0, most / 2, most];
  return [
    `<text class="title" x="8" y="18">${escaped(title)}</text>`,
    `<text class="axis" x="8" y="36">${escaped(y)}</text>`,
    ...ticks.map((tick) => `<line class="grid" x1="${AREA.left}" x2="${WIDTH - AREA.right}" y1="${up(tick)}" y2="${up(tick)}"/><text class="axis" x="${AREA.left - 6}" y="${up(tick) + 4}" text-anchor="end">${Number(tick.toPrecision(3))}</text>`),
    ...(log ? xs : [0, to / 2, to]).map((tick) => `<text class="axis" x="${right(tick)}" y="${HEIGHT - AREA.bottom + 16}" text-anchor="middle">${short(tick)}</text>`),
    `<text class="axis" x="${(AREA.left + WIDTH - AREA.right) / 2}" y="${HEIGHT - AREA.bottom + 34}" text-anchor="middle">${escaped(x)}</text>`,
    ...lines.map(({ name, points }, at) => {
      const places = points.map(([x, value]) => [right(x), up(value)] as const);
      const dots = places.map(([x, y]) => `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="3"/>`);
      return `<g class="c${at}"><polyline points="${places.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')}"/>${dots.join('')}<text class="name" x="${WIDTH - AREA.right + 10}" y="${((names[at] ?? 0) + 4).toFixed(1)}">${escaped(name)}</text></g>`;
    }),
  ].join('\n');
}

/** All of them as one picture; `says` is what a screen reader says. */
export function plot(charts: Chart[], says: string): string {
  const rows = Math.ceil(charts.length / COLUMNS);
  const [width, height] = [WIDTH * COLUMNS, HEIGHT * rows];
  const placed = charts.map((chart, at) => {
    const [x, y] = [(at % COLUMNS) * WIDTH, Math.floor(at / COLUMNS) * HEIGHT];
    return `<g transform="translate(${x} ${y})">\n${drawn(chart)}\n</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(says)}">
<style>${STYLE}
</style>
<rect class="paper" width="${width}" height="${height}"/>
${placed.join('\n')}
</svg>
`;
}

// What a test's shops did, counted by the test: beside the gateway, for the staff page to be held against.

export interface Line {
  /** A result's id that the gateway made, or a holdout's group. */
  mark: 'tried' | 'shown' | 'held';
  amountMinor: number;
}

/** An order that counts, with the lines that do. */
export interface Order {
  currency: string;
  lines: Line[];
}

export const STEPS = ['impression', 'open', 'try', 'result', 'cart'] as const;
export type Step = (typeof STEPS)[number];
export type Steps = Record<Step, number>;

const none = (): Steps => ({ impression: 0, open: 0, try: 0, result: 0, cart: 0 });

export class Book {
  readonly runs = { completed: 0, failed: 0, joined: 0 };
  /** By product; an event without one has an empty name. */
  readonly products = new Map<string, Steps>();
  readonly visitors = { shown: 0, held: 0 };
  readonly orders: Order[] = [];

  step(product: string, name: Step): void {
    const steps = this.products.get(product) ?? none();
    steps[name] += 1;
    this.products.set(product, steps);
  }
}

/** Of several shops. */
export const runsOf = (books: readonly Book[], kind: keyof Book['runs']): number => total(books.map(({ runs }) => runs[kind]));
export const stepsOf = (books: readonly Book[], name: Step): number => total(books.flatMap(({ products }) => [...products.values()].map((steps) => steps[name])));

export interface GroupSum {
  visitors: number;
  /** In all currencies. */
  orders: number;
  amountMinor: number;
}

export interface ProofSum {
  shown: GroupSum;
  held: GroupSum;
  /** Orders with a line that was tried on, and the amount of such lines. */
  tried: { orders: number; amountMinor: number };
  /** One for each completed run of the model of these tests. */
  credits: number;
}

/** What the page shows of those of these shops that sell in a currency: amounts in it alone. */
export function proofOf(books: readonly Book[], currency: string): ProofSum {
  const own = books.filter(({ orders }) => orders.some((order) => order.currency === currency));
  const orders = own.flatMap((book) => book.orders);
  const amount = (lines: readonly Line[]): number => total(lines.map(({ amountMinor }) => amountMinor));
  // A visitor that tried one piece on has seen the button.
  const isHeld = ({ lines }: Order): boolean => lines.every(({ mark }) => mark === 'held');
  const group = (name: 'shown' | 'held'): GroupSum => {
    const its = orders.filter((order) => isHeld(order) === (name === 'held'));
    const lines = its.filter((order) => order.currency === currency).flatMap((order) => order.lines);
    return { visitors: total(own.map(({ visitors }) => visitors[name])), orders: its.length, amountMinor: amount(lines) };
  };
  const tried = orders.filter((order) => order.currency === currency)
    .map(({ lines }) => lines.filter(({ mark }) => mark === 'tried')).filter((lines) => lines.length > 0);
  return {
    shown: group('shown'),
    held: group('held'),
    tried: { orders: tried.length, amountMinor: amount(tried.flat()) },
    credits: runsOf(own, 'completed'),
  };
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

// What is asked, and how every answer is judged. Runs are made by 64 shoppers with their visitor tokens, as a page sends them; no two
// are alike, as an equal one would be answered with the run that there is. What a case needs is made before its laps and what it leaves is ended after
// them through webhooks, neither of them counted; so the number of live runs is the same in every round.
import type { Answer, Ask } from './connection.ts';
import { expect, type Target } from './target.ts';
import type { VariantName } from './variants.ts';

export interface Case {
  name: string;
  /** Which variants can do it. */
  variants: readonly VariantName[];
  connections: number;
  /** Requests of a round. */
  requests: number;
  /** Made before each round, uncounted. */
  prepare?(target: Target, requests: number): Promise<void>;
  ask(target: Target, n: number): Ask;
  check(target: Target, n: number, answer: Answer): void;
  /** Done after each round, uncounted. */
  clear?(target: Target): Promise<void>;
  /** Where the slowest of a hundred tells something. */
  tail?: boolean;
}

const DOING_THE_WORK = ['gateway', 'before', 'hono', 'plain'] as const;
const WITH_FAL = [...DOING_THE_WORK, 'fal'] as const;

/** Ids that callers of a variant hold, made by `prepare`. */
const held = new WeakMap<Target, string[]>();
const idOf = (target: Target, n: number) => {
  const ids = held.get(target) ?? [];
  return ids[n % ids.length] ?? '';
};

const FAL = 'https://queue.fal.run/fal-ai/fashn/tryon/v1.6';
let wishes = 10_000_000;

/** A PNG's signature and header, 864×1296, and so much noise that its base64 has `bytes` characters. */
function picture(bytes: number): Buffer {
  const png = Buffer.alloc(Math.floor(bytes / 4) * 3);
  // The same noise each time: xorshift.
  let word = 2_463_534_242;
  for (let at = 0; at + 4 <= png.length; at += 4) {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    png.writeInt32LE(word, at);
  }
  Buffer.from('89504e470d0a1a0a0000000d4948445200000360000005100806000000', 'hex').copy(png);
  return Buffer.from(png.toString('base64'));
}

/** The run's body around a picture that all runs share. */
function tryOn(data: Buffer): Uint8Array[] {
  wishes += 1;
  return [
    Buffer.from('{"model_name":"tryon-v1.6","inputs":{"model_image":"data:image/png;base64,'),
    data,
    Buffer.from(`","garment_image":"https://cdn.shopify.com/s/files/1/0000/0001/products/shirt.jpg?v=${wishes}"}}`),
  ];
}

/** The same run as a form, with the picture as a file. */
function formAsk(target: Target, n: number, file: Buffer): Ask {
  wishes += 1;
  const part = (head: string) => `--a-form-of-the-bench\r\nContent-Disposition: form-data; ${head}\r\n\r\n`;
  const address = `https://cdn.shopify.com/s/files/1/0000/0001/products/shirt.jpg?v=${wishes}`;
  const fields = `${part('name="model_name"')}tryon-v1.6\r\n${part('name="garment_image"')}${address}\r\n`;
  const headers = { 'content-type': 'multipart/form-data; boundary=a-form-of-the-bench', ...target.visitor(n) };
  const body = [Buffer.from(`${fields}${part('name="model_image"; filename="photo.png"')}`), file, Buffer.from('\r\n--a-form-of-the-bench--\r\n')];
  return { head: target.head('POST', '/v1/run', headers), body };
}

function runAsk(target: Target, n: number, data: Buffer): Ask {
  const fal = target.variant.name === 'fal';
  const headers = { 'content-type': 'application/json', ...(fal ? { 'x-fal-target-url': FAL } : target.visitor(n)) };
  return { head: target.head('POST', fal ? '/api/fal/proxy' : '/v1/run', headers), body: tryOn(data) };
}

const isAccepted = (body: string) => /^\{"id":"[\w-]+","error":null\}$/.test(body);

const MB = 1 << 20;
const SMALL = picture(64);
/** Made once, and only where it is needed. */
const pictures = new Map<number, Buffer>([[64, SMALL]]);
function pictureOf(bytes: number): Buffer {
  const kept = pictures.get(bytes) ?? picture(bytes);
  pictures.set(bytes, kept);
  return kept;
}

/** A run with a picture of a few bytes. */
export const tryOnAsk = (target: Target, n: number): Ask => runAsk(target, n, SMALL);

/** The id that a run was answered with. */
export const idIn = ({ body }: Answer): string => (JSON.parse(body) as { id: string }).id;

/** One run by itself; its id. */
export async function smallRun(target: Target, n: number): Promise<string> {
  const answer = await target.ask(tryOnAsk(target, n));
  expect(target, 'a run', 200, isAccepted)(n, answer);
  target.greeted(n, answer);
  return idIn(answer);
}

/** One run with a picture of that size. */
export const bodyRun = (target: Target, n: number, bytes: number): Promise<Answer> => target.ask(runAsk(target, n, pictureOf(bytes)));

/** One run with 8 MB. */
export const bigRun = (target: Target, n: number): Promise<Answer> => bodyRun(target, n, 8 * MB);

function runCase(name: string, bytes: number, more: Pick<Case, 'connections' | 'requests' | 'tail'>): Case {
  return {
    name,
    variants: [...WITH_FAL, 'empty'],
    ...more,
    ask: (target, n) => runAsk(target, n, pictureOf(bytes)),
    check(target, n, answer) {
      expect(target, name, 200, isAccepted)(n, answer);
      target.greeted(n, answer);
    },
    clear: (target) => target.endAll(),
  };
}

/** Pictures as files. */
const files = new Map<number, Buffer>();
function formCase(name: string, bytes: number, more: Pick<Case, 'connections' | 'requests' | 'tail'>): Case {
  return {
    ...runCase(name, bytes, more),
    variants: ['gateway', 'hono'],
    ask(target, n) {
      const file = files.get(bytes) ?? Buffer.from(picture(Math.ceil(bytes / 3) * 4).toString(), 'base64');
      files.set(bytes, file);
      return formAsk(target, n, file);
    },
  };
}

/** Makes runs, and answers their ids. */
async function make(target: Target, runs: number): Promise<string[]> {
  const ids: string[] = [];
  await target.lap(runs, 4, (n) => runAsk(target, n, SMALL), (n, answer) => {
    expect(target, 'a run', 200, isAccepted)(n, answer);
    target.greeted(n, answer);
    ids.push(idIn(answer));
  });
  return ids;
}

function lookUp(name: string, status: string, more: Pick<Case, 'prepare' | 'clear'> & { variants: Case['variants'] }): Case {
  const is = (body: string) => body.includes(`"status":"${status}"`) && (status !== 'completed' || body.includes('output'));
  return {
    name,
    connections: 8,
    requests: 800,
    ...more,
    ask(target, n) {
      if (target.variant.name !== 'fal') return { head: target.head('GET', `/v1/status/${idOf(target, n)}`) };
      return { head: target.head('GET', '/api/fal/proxy', { 'x-fal-target-url': `${FAL}/requests/fa-${n % 4}-u1/status` }) };
    },
    check: (target, n, answer) => expect(target, name, 200, is)(n, answer),
  };
}

/** Of the right length and alphabet, and another one each time. */
function forged(name: string, ask: Case['ask']): Case {
  return {
    name,
    variants: DOING_THE_WORK,
    connections: 8,
    requests: 800,
    ask,
    prepare: holdFinished,
    check: (target, n, answer) => expect(target, name, 404)(n, answer),
  };
}

/** A few ids of finished runs, the same ones each time. */
async function holdFinished(target: Target) {
  if (held.has(target) || !notFal(target)) return;
  held.set(target, await make(target, 4));
  await target.endAll();
}

const notFal = (target: Target) => target.variant.name !== 'fal';

/** Cases that are asked of the same processes. */
export interface Chapter {
  /** Those that are held against each other are measured together. */
  cases: Case[][];
  /**
   * They make so many objects that closing them counts: a tenth of a try-on and more, ten seconds after the last that was asked of it, and
   * forty after FASHN was called with a time limit of the platform's own. So it is measured once as many are closed as are made.
   */
  settles: boolean;
}

export const CHAPTERS: Chapter[] = [
  {
    settles: false,
    cases: [
      [
        {
          name: 'hello',
          variants: [...DOING_THE_WORK, 'empty'],
          connections: 8,
          requests: 800,
          ask: (target) => ({ head: target.head('GET', '/healthz') }),
          check: (target, n, answer) => expect(target, 'hello', 200)(n, answer),
        },
      ],
      [
        {
          name: 'shop',
          variants: DOING_THE_WORK,
          connections: 8,
          requests: 800,
          ask: (target) => ({ head: target.head('GET', '/v1/shop') }),
          check: (target, n, answer) => expect(target, 'shop', 200, (body) => body.startsWith('{"open":true'))(n, answer),
        },
      ],
      [lookUp('finished', 'completed', { variants: WITH_FAL, prepare: holdFinished })],
      [
        {
          ...lookUp('distinct', 'completed', {
            variants: DOING_THE_WORK,
            async prepare(target, requests) {
              held.set(target, await make(target, requests));
              await target.endAll();
            },
            async clear(target) {
              held.delete(target);
            },
          }),
          requests: 200,
        },
        forged('forged', (target, n) => ({ head: target.head('GET', `/v1/status/${forgedLike(idOf(target, 0), n)}`) })),
        forged('forged-token', (target, n) => target.webhook({ upstream: 'fa-0-u1', webhook: `/webhooks/fashn/${forgedLike(idOf(target, 0), n)}` })),
      ],
      [
        lookUp('live', 'processing', {
          variants: DOING_THE_WORK,
          async prepare(target) {
            held.set(target, await make(target, 4));
          },
          async clear(target) {
            held.delete(target);
            await target.endAll();
          },
        }),
      ],
    ],
  },
  { settles: true, cases: [[runCase('run', 64, { connections: 8, requests: 200 })]] },
  {
    settles: true,
    cases: [[runCase('run-1mb', MB, { connections: 2, requests: 40, tail: true })], [runCase('run-8mb', 8 * MB, { connections: 2, requests: 12, tail: true })], [formCase('run-8mb-form', 8 * MB, { connections: 2, requests: 12, tail: true })]],
  },
  {
    settles: true,
    cases: [
      [
        {
          name: 'webhook',
          variants: DOING_THE_WORK,
          // As many as the gateway confirms at once.
          connections: 3,
          requests: 200,
          async prepare(target, requests) {
            await make(target, requests);
          },
          ask: (target) => target.webhook(target.fashn.live.shift()),
          check: (target, n, answer) => expect(target, 'a webhook', 204)(n, answer),
        },
      ],
    ],
  },
];

/** An id with its last characters turned: base64url of a whole number of bytes. */
function forgedLike(id: string, n: number): string {
  const tail = Buffer.alloc(6);
  tail.writeUIntBE(n + 1, 0, 6);
  return `${id.slice(0, -9)}${tail.toString('base64url')}${id.slice(-1)}`;
}

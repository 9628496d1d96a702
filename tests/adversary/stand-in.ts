// FASHN as every shopper meets it: it takes a run after 300 ms and reports its end by webhook. A
// test changes what is special about its attack.
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import type { Vars } from '../../scripts/desk.ts';
import {
  GARMENT_IMAGE,
  MODEL_IMAGE,
  SHOP,
  json,
  startGateway,
  startOwnFashn,
  tryOn,
  until,
  webhookOf,
  type Call,
  type Gateway,
  type GatewayInit,
  type OwnFashn,
} from '../gateway.ts';
import { DONE } from '../runs.ts';
import type { Finish } from './figures.ts';

/** The settings' own defaults, in place of the wide limits that other tests run with. */
export const OWN_DEFAULTS: Vars = {
  CONCURRENT_RUNS: undefined,
  RUN_RATE: undefined,
  STATUS_RATE: undefined,
  VISITOR_DAY_CREDITS: undefined,
};

/** A run that FASHN and a test know by its label. */
export const labelled = (label: string, inputs: Record<string, unknown> = {}) =>
  tryOn({ garment_image: `${GARMENT_IMAGE}?label=${label}`, ...inputs });

/** A photograph of so many bytes. */
export function photo(bytes: number): string {
  const [type = '', head = ''] = MODEL_IMAGE.split(',');
  const whole = Buffer.concat([Buffer.from(head, 'base64'), Buffer.alloc(bytes)]);
  return `${type},${whole.toString('base64')}`;
}

/** The headers of a shopper at an address, in one browser: both tell the visitor. */
export const shopper = (
  address: string,
  more: Record<string, string> = {},
): Record<string, string> => ({
  origin: SHOP,
  'cf-connecting-ip': address,
  'user-agent': 'a browser',
  'accept-language': 'en',
  ...more,
});

export const keyed = (key: string = randomUUID()) => ({ 'idempotency-key': key });

interface Accepted {
  label: string;
  /** The path of its webhook. */
  webhook: string;
  isOver: boolean;
}

export class StandIn {
  /** Labels of the runs that were sent, in the order in which they came. */
  readonly labels: string[] = [];
  /** Calls that were cut before they were answered: FASHN makes no run of them. */
  cut = 0;
  /** The time until `POST /v1/run` is answered. */
  answerMs = 300;
  /** How long a run takes once it was accepted. */
  runMs = 0;
  /** Webhooks are delivered when runs are over, and not by the test. */
  deliversWebhooks = true;
  /** Answers a run in FASHN's place and returns true, or returns false. */
  onRun: (label: string, response: ServerResponse) => boolean = () => false;
  /** Sees each run's body. */
  onBody: (label: string, body: string) => void = () => {};
  /** As `onRun`, for a status call. */
  onStatus: (response: ServerResponse, label: string) => boolean = () => false;
  /** How a run ends; `undefined` while it doesn't. */
  ending: (label: string) => object | undefined = () => DONE;

  /** Accepted runs; FASHN's id is `a-` and the place in here. */
  readonly #accepted: Accepted[] = [];
  #gateway: Gateway | undefined;

  private constructor(fashn: OwnFashn) {
    fashn.answer = (call, response) =>
      call.method === 'POST' ? this.#run(call, response) : this.#status(call, response);
  }

  /** A FASHN and a gateway in front of it, for one test. A concurrent test brings its own hook. */
  static async start(
    vars: Vars,
    init: GatewayInit = {},
    finish: Finish = onTestFinished,
  ): Promise<{ fashn: StandIn; gateway: Gateway }> {
    const own = await startOwnFashn();
    const fashn = new StandIn(own);
    const gateway = await startGateway(own.url, vars, init);
    fashn.#gateway = gateway;
    finish(async () => {
      fashn.#gateway = undefined;
      await gateway.stop();
      await own.stop();
    });
    return { fashn, gateway };
  }

  /** How often a run was sent. */
  count(label: string): number {
    return this.labels.filter((one) => one === label).length;
  }

  /** Resolves once a run was sent. */
  async has(label: string): Promise<void> {
    await until(() => this.labels.includes(label));
  }

  /** The run is over now, and its webhook is delivered once; answers the gateway's status. */
  report(label: string): Promise<number> {
    return this.#report(this.#accepted.findIndex((run) => run.label === label));
  }

  async #report(number: number): Promise<number> {
    const run = this.#accepted[number];
    if (run === undefined || this.#gateway === undefined)
      throw new Error('there is no such run any more');
    run.isOver = true;
    const body = JSON.stringify({ id: `a-${number}`, error: null, ...this.ending(run.label) });
    return (await this.#gateway.ask(run.webhook, { method: 'POST', body })).status;
  }

  #run(call: Call, response: ServerResponse): void {
    const { model_name, inputs } = JSON.parse(call.body) as {
      model_name: string;
      inputs: { garment_image?: string };
    };
    // A run without a garment goes by its model's name.
    const label =
      (inputs.garment_image && new URL(inputs.garment_image).searchParams.get('label')) ||
      model_name;
    this.labels.push(label);
    this.onBody(label, call.body);
    setTimeout(() => {
      if (response.destroyed) return void (this.cut += 1);
      if (this.onRun(label, response)) return;
      const number = this.#accepted.length;
      this.#accepted.push({ label, webhook: webhookOf(call), isOver: false });
      json(response, 200, { id: `a-${number}`, error: null });
      setTimeout(() => void this.#end(label, number), this.runMs);
    }, this.answerMs);
  }

  /** Delivers the webhook until it is taken, as FASHN does. */
  async #end(label: string, number: number): Promise<void> {
    if (!this.deliversWebhooks || this.ending(label) === undefined) return;
    // It fails once the test is over and the gateway gone.
    await until(async () => [204, 404].includes(await this.#report(number))).catch(() => {});
  }

  #status(call: Call, response: ServerResponse): void {
    const upstream = call.path.split('/').at(-1) ?? '';
    const run = this.#accepted[Number(upstream.slice('a-'.length))];
    if (this.onStatus(response, run?.label ?? '')) return;
    const told = run?.isOver ? this.ending(run.label) : undefined;
    json(response, 200, { id: upstream, error: null, ...(told ?? { status: 'processing' }) });
  }
}

export interface Status {
  status: string;
  output?: string[];
  queue_position?: number;
  eta_seconds?: number;
  error?: { name: string } | null;
}

/** The id that the gateway answers a run with. */
export async function idOf(answer: Response): Promise<string> {
  const { id } = (await answer.json()) as { id?: string };
  if (answer.status !== 200 || id === undefined)
    throw new Error(`the gateway answered ${answer.status} without an id`);
  return id;
}

export const statusOf = async (gateway: Gateway, id: string) =>
  (await (await gateway.ask(`/v1/status/${id}`)).json()) as Status;

/** How a run ends. */
export const endOf = (gateway: Gateway, id: string): Promise<Status> =>
  until(async () => {
    const status = await statusOf(gateway, id);
    return ['completed', 'failed', 'canceled', 'time_out'].includes(status.status) && status;
  });

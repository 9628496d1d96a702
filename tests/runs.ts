// Runs that FASHN has: it gives each an id of its own, and says of each what a test has it say.
import { expect } from 'vitest';
import { json, tryOn, until, webhookOf, type Gateway, type OwnFashn } from './gateway.ts';

export interface Posted {
  /** FASHN's id. */
  upstream: string;
  /** The path of its webhook. */
  webhook: string;
}

export interface Run extends Posted {
  id: string;
}

export const DONE = { status: 'completed', output: ['https://cdn.fashn.ai/x/output_0.png'] };

export class RunsAtFashn {
  /** What FASHN has accepted, in order. */
  readonly posted: Posted[] = [];
  /** What FASHN says of a run, if not `processing`. */
  readonly told: Record<string, object> = {};

  readonly answer: OwnFashn['answer'] = (call, response) => {
    if (call.method === 'POST') {
      const upstream = `a-${this.posted.length}`;
      this.posted.push({ upstream, webhook: webhookOf(call) });
      return json(response, 200, { id: upstream, error: null });
    }
    const id = call.path.split('/').at(-1) ?? '';
    return json(response, 200, { id, status: 'processing', error: null, ...this.told[id] });
  };

  /** One that FASHN has. */
  async sent(gateway: Gateway): Promise<Run> {
    const id = await accepted(gateway);
    const last = this.posted.at(-1);
    if (!last) throw new Error('FASHN was not called');
    return { id, ...last };
  }

  /** FASHN says how it ended. */
  async ends(gateway: Gateway, { upstream, webhook }: Posted, how: object = DONE) {
    this.told[upstream] = how;
    const body = JSON.stringify({ id: upstream, error: null, ...how });
    // Where too many are confirmed at once it comes again, as FASHN's do.
    await until(async () => {
      const { status } = await gateway.ask(webhook, { method: 'POST', body });
      if (status !== 503) expect(status).toBe(204);
      return status === 204;
    });
  }
}

/** The id of a run that the gateway has accepted. */
export async function accepted(gateway: Gateway, inputs: Record<string, unknown> = {}): Promise<string> {
  const answer = await gateway.run(tryOn(inputs));
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { id: string }).id;
}

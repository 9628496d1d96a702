// A FASHN that takes its time: it accepts runs, holds them until it is told to begin, and sends a webhook for each.
import { json, startOwnFashn, type OwnFashn } from '../tests/gateway.ts';

export interface SlowFashn {
  url: string;
  /** From now on runs take their time; those that came before begin. */
  begin(): void;
  /** When the webhook for the prediction with this id was sent, by `performance.now()`. */
  webhookAt(id: string): number | undefined;
  /** Webhooks that were not thanked for. */
  refused: number[];
  /** Every webhook that was sent is answered: a listener may see the end before FASHN is thanked. */
  answered(): Promise<void>;
  stop(): Promise<void>;
}

/** A token and an id of one prediction begin alike. */
const ticketOf = (text: string) => text.slice(0, 21);

export async function startSlowFashn(runMs: () => number): Promise<SlowFashn> {
  const told = new Map<string, object>();
  const sentAt = new Map<string, number>();
  const held: (() => void)[] = [];
  const sent: Promise<void>[] = [];
  let begun = false;
  let runs = 0;

  const fashn: OwnFashn = await startOwnFashn((call, response) => {
    if (call.method === 'GET') {
      const id = call.path.split('/').at(-1) ?? '';
      return json(response, 200, told.get(id) ?? { id, status: 'processing', error: null });
    }
    const id = `a-${(runs += 1)}`;
    const webhook = call.query.get('webhook_url') ?? '';
    const start = () => void setTimeout(() => send(id, webhook), runMs());
    if (begun) start();
    else held.push(start);
    return json(response, 200, { id, error: null });
  });

  function send(id: string, webhook: string) {
    const sending = end(id, webhook);
    // What failed is told to who waits for the answers.
    sending.catch(() => undefined);
    sent.push(sending);
  }

  async function end(id: string, webhook: string) {
    const done = { id, status: 'completed', output: [`https://cdn.fashn.ai/${id}/output_0.png`], error: null };
    told.set(id, done);
    sentAt.set(ticketOf(webhook.split('/').at(-1) ?? ''), performance.now());
    // A kept connection may be closed from the other side just then. FASHN comes again; so does this, at once, and once.
    const post = () => fetch(webhook, { method: 'POST', body: JSON.stringify(done), headers: { connection: 'close' } });
    const answer = await post().catch(post);
    if (!answer.ok) slow.refused.push(answer.status);
    await answer.arrayBuffer();
  }

  const slow: SlowFashn = {
    url: fashn.url,
    refused: [],
    begin() {
      begun = true;
      for (const start of held.splice(0)) start();
    },
    answered: async () => void (await Promise.all(sent)),
    webhookAt: (id) => sentAt.get(ticketOf(id)),
    stop: () => fashn.stop(),
  };
  return slow;
}

// Each request that FASHN's pages show, sent as staff through the built gateway: as the SDK sends it where the page is
// JavaScript's, as plain JSON elsewhere. FASHN gets the same inputs.
import { readFileSync } from 'node:fs';
import Fashn from 'fashn';
import { describe, expect, test } from 'vitest';
import { STAFF_TOKEN } from '../gateway.ts';
import { fashn, gateway, useGateway } from '../one-gateway.ts';

interface Documented {
  page: string;
  /** A request for each. */
  clients: ('curl' | 'JavaScript' | 'Python')[];
  model_name: string;
  inputs: Record<string, unknown>;
  /** The inputs whose pictures the page itself cuts off with three dots. */
  truncated?: string[];
}

const documented = JSON.parse(readFileSync(new URL('documented.json', import.meta.url), 'utf8')) as Documented[];
const requests = documented.flatMap(({ clients, ...rest }) => clients.map((client) => ({ client, ...rest })));

useGateway();

interface Refused {
  errors: { path: string }[];
}

/** What came of it: FASHN's status, and the faults' paths. */
async function send({ client, model_name, inputs }: (typeof requests)[number]): Promise<{ status: number; paths: string[] }> {
  const paths = (body: unknown) => ((body as Refused).errors ?? []).map(({ path }) => path);
  if (client !== 'JavaScript') {
    const answer = await gateway.run({ model_name, inputs });
    return { status: answer.status, paths: paths(await answer.json()) };
  }
  const sdk = new Fashn({ apiKey: STAFF_TOKEN, baseURL: gateway.url.href, maxRetries: 0 });
  try {
    await sdk.predictions.run({ model_name, inputs } as never);
    return { status: 200, paths: [] };
  } catch (error) {
    if (!(error instanceof Fashn.APIError)) throw error;
    return { status: error.status ?? 0, paths: paths(error.error) };
  }
}

describe('the documentation’s', () => {
  test.each(requests.map((request): [string, typeof request] => [`${request.page} in ${request.client}`, request]))('%s', async (_, request) => {
    const { status, paths } = await send(request);
    if (request.truncated !== undefined) {
      expect({ status, paths }).toEqual({ status: 400, paths: request.truncated });
      return;
    }
    expect({ status, paths }).toEqual({ status: 200, paths: [] });
    const { inputs, ...rest } = JSON.parse(fashn.calls.find(({ method }) => method === 'POST')?.body ?? '{}') as Documented;
    expect(rest).toEqual({ model_name: request.model_name });
    expect(inputs).toEqual(request.inputs);
  });

  test('48 requests are all of them, of which the pages cut off six', () => {
    expect(requests).toHaveLength(48);
    expect(requests.filter(({ truncated }) => truncated !== undefined)).toHaveLength(6);
  });
});

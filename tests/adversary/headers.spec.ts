// Values of FASHN's that no header can have: each call ends with an answer.
import { describe, expect, test } from 'vitest';
import { accepting, tryOn, webhookOf } from '../gateway.ts';
import { fashn, gateway, useGateway } from '../one-gateway.ts';
import { prints } from './figures.ts';

useGateway();

const VALUES: [string, string][] = [
  ['beyond Latin-1', '☃'],
  ['with a CR', '1\rx: y'],
];

/** The next call is answered with these bytes, whatever a server would think of them. */
function answersRaw(head: string, body: string): void {
  fashn.answer = (_, response) => {
    const end = `content-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`;
    response.socket?.end(Buffer.from(`${head}\r\n${end}`));
  };
}

/** The id of a run that FASHN has completed with this output. */
async function completed(output: string): Promise<string> {
  const { id } = (await (await gateway.run(tryOn())).json()) as { id: string };
  const done = { id: 'a-u1', status: 'completed', output: [output], error: null };
  fashn.answer = accepting('a-u1', done);
  const webhook = webhookOf(fashn.calls.at(-1));
  const told = await gateway.ask(webhook, { method: 'POST', body: JSON.stringify(done) });
  expect(told.status).toBe(204);
  return id;
}

async function answered(what: string, ask: () => Promise<Response>) {
  let seen = 'no answer';
  prints('F17', () => `${what}: ${seen}`);
  const answer = await ask();
  const text = await answer.text();
  seen = String(answer.status);
  return { status: answer.status, text };
}

describe.each(VALUES)('a value %s', (kind, value) => {
  test('in a header of an output', async () => {
    const id = await completed(`${fashn.url}/cdn/film.mp4`);
    answersRaw(`HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\netag: "${value}"`, 'film');
    const { status, text } = await answered(`an output’s header ${kind}`, () =>
      gateway.ask(`/v1/outputs/${id}/0`),
    );
    // What is no HTTP at all is no output.
    if (status !== 502) expect([status, text]).toEqual([200, 'film']);
  });

  test('in the media type of a picture in base64', async () => {
    const film = Buffer.from('film').toString('base64');
    const id = await completed(`data:image/${value};base64,${film}`);
    const { status, text } = await answered(`a media type ${kind}`, () =>
      gateway.ask(`/v1/outputs/${id}/0`),
    );
    // That is no picture's type, so it is no output.
    expect([status, JSON.parse(text)]).toEqual([
      404,
      expect.objectContaining({ error: 'NotFound' }),
    ]);
  });

  test('in a header of a refusal', async () => {
    const head = `HTTP/1.1 400 Bad Request\r\nretry-after: ${value}`;
    answersRaw(head, JSON.stringify({ error: 'BadRequest', message: 'no' }));
    const { status, text } = await answered(`a refusal’s header ${kind}`, () =>
      gateway.run(tryOn()),
    );
    expect([400, 502]).toContain(status);
    expect(JSON.parse(text)).toMatchObject({ error: expect.stringMatching(/\w/) });
  });
});

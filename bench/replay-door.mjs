// A door in front of the bundle: it remembers what is said to the Dispatcher (`GET /v1/said`), and says it again to another, as many
// runs at a time as it is asked for (`POST /v1/said`), so that nothing but the Dispatcher is measured.
import { env } from 'cloudflare:workers';
import Gateway, * as built from './index.js';

export * from './index.js';

const KEY = 'FASHN_API_KEY';
const said = [];

const objects = Object.getPrototypeOf(env.DISPATCHER);
const { getByName } = objects;
let listens = true;
objects.getByName = function (name) {
  const stub = getByName.call(this, name);
  if (name !== KEY || !listens) return stub;
  // An event is short, so it comes as a text.
  const note = (message) => void said.push(message);
  return {
    call(message, body) {
      note(message);
      return stub.call(message, body);
    },
    async begin(message, body) {
      note(message);
      const [answer, session] = await stub.begin(message, body);
      const call = (more, piece) => {
        note(more);
        return session.call(more, piece);
      };
      return [answer, { call, [Symbol.dispose]: () => session[Symbol.dispose]() }];
    },
  };
};

const tell = () => Response.json(said.splice(0));

async function say({ runs, lanes }) {
  listens = false;
  const stub = env.DISPATCHER.getByName(KEY);
  let [next, done] = [0, 0];
  const lane = async () => {
    while (next < runs.length) {
      for (const message of runs[next++]) {
        await stub.call(message);
        done += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return Response.json(done);
}

async function enter(request, go) {
  if (new URL(request.url).pathname !== '/v1/said') return go();
  return request.method === 'GET' ? tell() : say(await request.json());
}

export default { ...Gateway, fetch: (request, env, ctx) => enter(request, () => Gateway.fetch(request, env, ctx)) };

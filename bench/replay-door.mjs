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
  return new Proxy(stub, {
    get(target, method) {
      const value = Reflect.get(target, method);
      if (typeof value !== 'function') return value;
      return (...call) => {
        const [first] = call;
        const bytes = first instanceof Request ? first.clone().bytes() : first;
        said.push({ method, bytes, isRequest: first instanceof Request });
        return value.apply(target, call);
      };
    },
  });
};

async function tell() {
  const letters = said.splice(0).map(async ({ method, bytes, isRequest }) => ({ method, isRequest, bytes: new Uint8Array(await bytes).toBase64() }));
  return Response.json(await Promise.all(letters));
}

async function say({ runs, lanes }) {
  listens = false;
  const stub = env.DISPATCHER.getByName(KEY);
  let [next, done] = [0, 0];
  const lane = async () => {
    while (next < runs.length) {
      for (const { method, isRequest, bytes } of runs[next++]) {
        const body = Uint8Array.fromBase64(bytes);
        const answer = await stub[method](isRequest ? new Request('https://object/', { method: 'POST', body }) : body);
        if (answer instanceof Response) {
          if (!answer.ok) throw new Error(await answer.text());
          await answer.arrayBuffer();
        }
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

export default typeof Gateway === 'function'
  ? class extends Gateway {
      fetch(request) {
        return enter(request, () => super.fetch(request));
      }
    }
  : { ...Gateway, fetch: (request, env, ctx) => enter(request, () => Gateway.fetch(request, env, ctx)) };

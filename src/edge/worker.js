// The Worker's door: what the platform calls is handed to the compiled gateway, with as little between as there can be.
//
// worker-build's own shim puts a Proxy around each handler and object, a tenth of a small request, and leaves no way to call
// an object by a method. What it also does is done here: after a panic the instance is made anew, and each object's compiled
// half with it.
import { DurableObject, RpcTarget } from 'cloudflare:workers';
import * as gateway from 'gateway';
import { heard, note } from './platform.js';

const life = gateway.__worker_init_state();
const HEADERS = gateway.header_names().split('\n');
const BARE_HEADERS = HEADERS.slice(0, gateway.bare_header_names());

/** The lines of a request that the gateway reads (src/head.rs); a header that isn't there is a line of one zero. */
function headOf(request) {
  const { headers, method } = request;
  let head = `${method}\n${request.url}`;
  for (const name of method === 'POST' ? HEADERS : BARE_HEADERS) head += `\n${headers.get(name) ?? '\0'}`;
  return head;
}

/** Whatever panicked is left behind before anything else is asked of it. */
function revive() {
  if (!life.criticalError) return;
  life.criticalError = false;
  gateway.__wbg_reset_state();
}

addEventListener('error', ({ error }) => note(error));
addEventListener('unhandledrejection', ({ reason }) => note(reason));

function guarded(work) {
  revive();
  try {
    return work();
  } catch (error) {
    note(error);
    throw error;
  }
}

export default {
  fetch(request, env) {
    return guarded(() => gateway.fetch(headOf(request), request, env));
  },
};

/** More of the same conversation: what is said here belongs to the request that began it. */
class Session extends RpcTarget {
  #say;

  constructor(say) {
    super();
    this.#say = say;
  }

  call(message, body) {
    return this.#say(message, body);
  }
}

/** A class of objects; its compiled half is made anew when the instance was. */
const objects = (compiled) =>
  class extends DurableObject {
    #half;
    #made;

    #ask(work) {
      return guarded(() => {
        if (this.#made !== life.instanceId) {
          this.#half = new (compiled())(this.ctx, this.env);
          this.#made = life.instanceId;
        }
        return work(this.#half);
      });
    }

    /** A message and its answer. */
    call(message, body) {
      return this.#ask((half) => half.call(heard(message), body));
    }

    /** A message and its answer, and a session to say more in. What is answered at once goes out without a promise. */
    begin(message, body) {
      const told = this.call(message, body);
      const withSession = (answer) => [answer, new Session((more, piece) => this.call(more, piece))];
      return told instanceof Promise ? told.then(withSession) : withSession(told);
    }

    /** A message whose answer stays open. */
    async fetch(request) {
      const message = new Uint8Array(await request.arrayBuffer());
      return this.#ask((half) => half.listen(message));
    }

    async alarm() {
      await this.#ask((half) => half.alarm());
    }
  };

export const PredictionObject = objects(() => gateway.PredictionObject);
export const DispatcherObject = objects(() => gateway.DispatcherObject);

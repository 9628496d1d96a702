// The Worker's entry point: what the platform calls is handed to the compiled gateway, with as
// little between as there can be.
//
// worker-build's own shim puts a Proxy around each handler and object, a tenth of a small request,
// and leaves no way to call an object by a method. What it also does is done here: after a panic
// the instance is made anew, and each object's compiled half with it.
import { DurableObject } from 'cloudflare:workers';
import * as gateway from 'gateway';
import { mcp } from './mcp.js';
import { note, wasm } from './runtime/platform.js';

const HEADERS = gateway.header_names().split('\n');

/**
 * The lines of a request that the gateway reads (src/http/request_head.rs); a header that isn't
 * there is a line of one zero.
 */
function headOf({ headers, method, url }) {
  let head = `${method}\n${url}`;
  for (const name of HEADERS) head += `\n${headers.get(name) ?? '\0'}`;
  return head;
}

// Futures are woken through this; the platform's own costs several times a promise's callback.
globalThis.queueMicrotask = (task) => void Promise.resolve().then(task);

addEventListener('error', ({ error }) => note(error));
addEventListener('unhandledrejection', ({ reason }) => note(reason));

/** An instance that panicked is made anew before anything else is asked of it. */
function guarded(work) {
  if (wasm.isOver) {
    wasm.isOver = false;
    wasm.instance += 1;
    gateway.__wbg_reset_state();
  }
  try {
    return work();
  } catch (error) {
    note(error);
    throw error;
  }
}

export default {
  /**
   * All of a request is under `waitUntil`: a caller that leaves cancels nothing, so no run is cut
   * on its way to FASHN, and no half of a request stays behind in wasm's memory.
   */
  fetch(request, env, context) {
    const route = (asked) => guarded(() => gateway.fetch(headOf(asked), asked, env));
    const answer = isMcp(request.url) ? mcp(request, route) : route(request);
    if (answer instanceof Promise) context.waitUntil(answer);
    return answer;
  },

  async scheduled(_, env) {
    await guarded(() => gateway.scheduled(env));
  },
};

/** Other requests aren't parsed for it. */
const isMcp = (url) => url.endsWith('/mcp') && new URL(url).pathname === '/mcp';

const RETRY_MAX = 5;
const ALARM_AGAIN_MS = 60_000;

/** A class of objects; its compiled half is made anew when the instance was. */
const objects = (compiled) =>
  class extends DurableObject {
    #half;
    #made;

    #ask(work) {
      return guarded(() => {
        if (this.#made !== wasm.instance) {
          this.#half = new (compiled())(this.ctx, this.env);
          this.#made = wasm.instance;
        }
        return work(this.#half);
      });
    }

    /** A message and its answer, both JSON. */
    call(message) {
      return this.#ask((half) => half.call(message));
    }

    /** A message with a body, or with an answer that stays open. */
    fetch(request) {
      return this.#ask((half) => half.fetch(request.headers.get('message'), request));
    }

    /**
     * The platform tries an alarm that fails six times more, over two minutes, and then never again:
     * settings that are wrong for so long would end an object for good. So before the last tries
     * another alarm is set.
     */
    async alarm({ retryCount = 0 } = {}) {
      if (retryCount >= RETRY_MAX) {
        await this.ctx.storage.setAlarm(Date.now() + ALARM_AGAIN_MS);
        await this.ctx.storage.sync();
      }
      await this.#ask((half) => half.alarm());
    }
  };

export const AccountObject = objects(() => gateway.AccountObject);
export const BodyObject = objects(() => gateway.BodyObject);

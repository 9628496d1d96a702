// The sandbox Worker's entry point: hands what the platform calls to the compiled sandbox.
//
// A trap ends the compiled instance. The next call makes a new one, and each object its compiled
// half in it: what an object knows is in its storage.
import { DurableObject } from 'cloudflare:workers';
import * as sandbox from 'sandbox';

const state = sandbox.__worker_init_state();

/** Rejects what is waited for, of each call that has no answer yet. */
const waiting = new Set();

function noteTrap(error) {
  // One that went through compiled code comes as the cause of the bindings' own error.
  if (![error, error?.cause].some((thrown) => thrown instanceof WebAssembly.RuntimeError)) return;
  state.criticalError = true;
  for (const reject of waiting) reject(new Error('the sandbox was restarted'));
}

// Traps in what runs on after a call.
addEventListener('error', ({ error }) => noteTrap(error));
addEventListener('unhandledrejection', ({ reason }) => noteTrap(reason));

/** The answer of a call; an error if its instance ends before. */
async function guarded(call) {
  if (state.criticalError) {
    state.criticalError = false;
    sandbox.__wbg_reset_state();
  }
  const { promise: ended, reject } = Promise.withResolvers();
  waiting.add(reject);
  try {
    return await Promise.race([call(), ended]);
  } catch (error) {
    noteTrap(error);
    throw error;
  } finally {
    waiting.delete(reject);
  }
}

export default {
  fetch: (request, env, context) => guarded(() => sandbox.fetch(request, env, context)),
};

export class DeskObject extends DurableObject {
  #compiled;
  #instanceId;

  fetch(request) {
    return guarded(() => this.#half().fetch(request));
  }

  async alarm() {
    await guarded(() => this.#half().alarm());
  }

  #half() {
    if (this.#instanceId !== state.instanceId) {
      this.#compiled = new sandbox.DeskObject(this.ctx, this.env);
      this.#instanceId = state.instanceId;
    }
    return this.#compiled;
  }
}

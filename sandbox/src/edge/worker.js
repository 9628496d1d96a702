// The sandbox Worker's entry point: hands what the platform calls to the compiled sandbox.
//
// A trap ends the compiled instance. The next call makes a new one, and each object its compiled half in it: what an
// object knows is in its storage.
import { DurableObject } from 'cloudflare:workers';
import * as sandbox from 'sandbox';

const state = sandbox.__worker_init_state();

function noteTrap(error) {
  if (error instanceof WebAssembly.RuntimeError) state.criticalError = true;
}

// Traps in what runs on after a call.
addEventListener('error', ({ error }) => noteTrap(error));
addEventListener('unhandledrejection', ({ reason }) => noteTrap(reason));

async function guarded(call) {
  if (state.criticalError) {
    state.criticalError = false;
    sandbox.__wbg_reset_state();
  }
  try {
    return await call();
  } catch (error) {
    noteTrap(error);
    throw error;
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

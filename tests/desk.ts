// The whole desk: gateway, demo shop and sandbox, as `npm start` serves them.
import { startWorker, type RunningWorker, type Vars } from '../scripts/desk.ts';
import { startGateway, type Gateway } from './gateway.ts';

export interface Desk {
  gateway: Gateway;
  sandbox: RunningWorker;
  /** The sandbox's control route. */
  control(path: string, body?: unknown, method?: string): Promise<unknown>;
  stop(): Promise<void>;
}

export async function startDesk(vars: Vars = {}, sandboxVars: Vars = {}): Promise<Desk> {
  const sandbox = await startWorker('sandbox', {
    vars: { TIME_SCALE: '0.05', SANDBOX_CONTROL: 'on', ...sandboxVars },
  });
  const gateway = await startGateway(sandbox.url.href, vars);
  return {
    gateway,
    sandbox,
    async control(path, body, method = body === undefined ? 'GET' : 'POST') {
      const answer = await fetch(new URL(`/_sandbox/${path}`, sandbox.url), {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      if (!answer.ok) throw new Error(`/_sandbox/${path}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    },
    async stop() {
      await gateway.stop();
      await sandbox.stop();
    },
  };
}

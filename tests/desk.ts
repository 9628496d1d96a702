// The whole desk: gateway, demo shop and sandbox, as `npm start` serves them.
import { startWorker, type RunningWorker, type Vars } from '../scripts/desk.ts';
import { startGateway, type Gateway } from './gateway.ts';

export interface Desk {
  gateway: Gateway;
  sandbox: RunningWorker;
  /** The sandbox's control route. */
  control(path: string, body?: unknown, method?: string): Promise<unknown>;
  /** Stops the gateway and starts it again on the same port with what it stored. */
  restartGateway(): Promise<void>;
  stop(): Promise<void>;
}

export async function startDesk(vars: Vars = {}, sandboxVars: Vars = {}, persist?: string): Promise<Desk> {
  const sandbox = await startWorker('sandbox', {
    vars: { TIME_SCALE: '0.05', SANDBOX_CONTROL: 'on', ...sandboxVars },
  });
  const desk: Desk = {
    gateway: await startGateway(sandbox.url.href, vars, { store: persist }),
    sandbox,
    async control(path, body, method = body === undefined ? 'GET' : 'POST') {
      const answer = await fetch(new URL(`/_sandbox/${path}`, sandbox.url), {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      if (!answer.ok) throw new Error(`/_sandbox/${path}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    },
    async restartGateway() {
      const port = Number(desk.gateway.url.port);
      await desk.gateway.stop();
      desk.gateway = await startGateway(sandbox.url.href, vars, { store: persist, port });
    },
    async stop() {
      await desk.gateway.stop();
      await sandbox.stop();
    },
  };
  return desk;
}

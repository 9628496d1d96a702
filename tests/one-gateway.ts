// One gateway and one FASHN of the tests' own for all tests of a file.
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { accepting, startGateway, startOwnFashn, type Gateway, type GatewayInit, type OwnFashn } from './gateway.ts';
import type { Vars } from '../scripts/desk.ts';

export let fashn: OwnFashn;
export let gateway: Gateway;

/** For the top of a test file. Before each test nobody has called FASHN, and FASHN accepts every run as `a-u1`. */
export function useGateway(vars: Vars = {}, init: GatewayInit = {}): void {
  beforeAll(async () => {
    fashn = await startOwnFashn();
    gateway = await startGateway(fashn.url, vars, init);
  });
  afterAll(async () => {
    await gateway.stop();
    await fashn.stop();
  });
  beforeEach(() => {
    fashn.calls.length = 0;
    fashn.answer = accepting('a-u1');
  });
}

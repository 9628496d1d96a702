// What other people's programs make of openapi.json: Schemathesis' requests.
import { join } from 'node:path';
import { python } from '../python.mjs';
import { specs } from './workers.mjs';

export async function schemathesis() {
  const bin = await python('schemathesis==4.32.5');
  return specs(['tests/generated/schemathesis.spec.ts'], { SCHEMATHESIS: join(bin, 'schemathesis') });
}

// The log of a gateway, and how it names a run.
import { createHash } from 'node:crypto';
import type { Gateway } from './gateway.ts';

export type Line = Record<string, unknown>;
export const linesOf = ({ log }: Gateway): Line[] => log.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line);

/** The name of a run in a `webhook-id`: docs/waiting.md. */
export const hashOf = (id: string) => createHash('sha256').update(Buffer.from(id, 'base64url').subarray(0, 20)).digest('hex').slice(0, 32);

/** Its name in the log: docs/logging.md says how it is made. */
export const shortHashOf = (id: string) => hashOf(id).slice(0, 8);

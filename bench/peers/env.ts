// What both of the peers that do the gateway's work are set up with. The names are the gateway's own.
import type { DispatcherObject } from './dispatcher.ts';
import type { PredictionObject } from './prediction.ts';

export interface Env {
  FASHN_API_KEY: string;
  FASHN_BASE_URL: string;
  SIGNING_SECRET: string;
  ALLOWED_ORIGINS: string;
  PRODUCT_HOSTS: string;
  PUBLIC_ORIGIN: string;
  CONCURRENT_RUNS: string;
  RUN_RATE: string;
  STATUS_RATE: string;
  DAY_CREDITS: string;
  VISITOR_DAY_CREDITS: string;
  PREDICTION: ObjectNamespace<PredictionObject>;
  DISPATCHER: ObjectNamespace<DispatcherObject>;
}

export const BODY_BYTES_MOST = 16 << 20;
export const PICTURE_BYTES_MOST = 30 << 20;
export const RESULT_TTL_MS = 3_600_000;
export const DEADLINE_MS = 600_000;
export const FASHN_TIMEOUT_MS = 30_000;

/** The Dispatcher of the one FASHN key. */
export const dispatcherOf = (env: Env) => env.DISPATCHER.getByName('FASHN_API_KEY');

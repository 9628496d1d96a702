// Sends a run. XMLHttpRequest, because `fetch` tells nothing about the progress of an upload.
import { route } from './address.ts';
import { checkReach } from './reach.ts';
import { isRecord, refusal, retryAfterSeconds, TryOnError } from './problems.ts';
import type { TryOnModel } from './types.ts';
import { backoffMs, pause } from './wait.ts';
import { keepVisitor, sendVisitor, shownHeader } from './visitor.ts';
import { parseJson } from './watch.ts';

/** A picture as the gateway takes it: the address of a public one, or the bytes of a JPEG. */
export type Picture = string | Blob;

export interface Submission {
  gateway: string;
  model: TryOnModel;
  person: Picture;
  garment: Picture;
  garmentSignature: string | undefined;
  inputs: Readonly<Record<string, unknown>>;
  consent: string | undefined;
  consentTextHash: string | undefined;
  challenge: string | undefined;
  idempotencyKey: string;
  onSent: (fraction: number) => void;
  /** No answer came. */
  onSilence: () => void;
  signal?: AbortSignal | undefined;
}

export interface Accepted {
  /** The prediction's. */
  id: string;
  consentReceipt: string | undefined;
}

const MOST_ATTEMPTS = 4;
/** Longer waits are the shopper's decision. */
const LONGEST_WAIT_SECONDS = 10;

/** `POST /v1/run`. Repeats only what the idempotency key makes safe to repeat. */
export async function submit(submission: Submission): Promise<Accepted> {
  const body = requestBody(submission);
  for (let attempt = 1; ; attempt += 1) {
    submission.signal?.throwIfAborted();
    const answer = await post(submission, body);
    // (1) No answer at all: offline is waited out, a dead gateway is not.
    if (answer === undefined) {
      if (navigator.onLine && attempt >= MOST_ATTEMPTS) {
        throw new TryOnError('ConnectionError', 'The gateway cannot be reached.');
      }
      submission.onSilence();
      if (attempt === 1) await checkReach(submission.gateway, submission.signal);
      await pause(backoffMs(attempt, 500, 8_000), submission.signal);
      continue;
    }
    // (2) Accepted.
    const { status, text, retryAfter, consentReceipt } = answer;
    const shape = parseJson(text);
    if (status >= 200 && status < 300) {
      if (isRecord(shape) && typeof shape['id'] === 'string' && shape['id'] !== '') return { id: shape['id'], consentReceipt };
      throw new TryOnError('UnexpectedAnswer', 'The gateway accepted the run but gave no id.', { status });
    }
    // (3) Refused: wait a little if it says when, else tell the shopper.
    const problem = refusal(status, shape, retryAfterSeconds(retryAfter, Date.now()));
    const wait = problem.retryAfterSeconds;
    // 409: the first request with this key is still under way.
    const mayWait = (status === 409 || status === 429 || status === 503) && wait !== undefined && wait <= LONGEST_WAIT_SECONDS;
    if (!mayWait || problem.action !== 'retry' || attempt >= MOST_ATTEMPTS) throw problem;
    await pause(wait * 1000, submission.signal);
  }
}

interface Answer {
  status: number;
  text: string;
  retryAfter: string | null;
  consentReceipt: string | undefined;
}

/** One attempt; `undefined` when no answer came. */
function post(submission: Submission, body: FormData): Promise<Answer | undefined> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    const end = (answer: Answer | undefined): void => {
      submission.signal?.removeEventListener('abort', abort);
      resolve(answer);
    };
    request.open('POST', route(submission.gateway, '/v1/run'));
    request.setRequestHeader('idempotency-key', submission.idempotencyKey);
    if (submission.challenge !== undefined) request.setRequestHeader('cf-turnstile-response', submission.challenge);
    if (submission.consentTextHash !== undefined) request.setRequestHeader('x-consent-text', submission.consentTextHash);
    sendVisitor(submission.gateway, request);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) submission.onSent(event.loaded / event.total);
    };
    request.onload = () => {
      keepVisitor(submission.gateway, request);
      end({ status: request.status, text: request.responseText, retryAfter: request.getResponseHeader('retry-after'), consentReceipt: shownHeader(request, 'x-consent-receipt') });
    };
    request.onerror = () => end(undefined);
    request.ontimeout = () => end(undefined);
    request.onabort = () => reject(submission.signal?.reason);
    submission.signal?.addEventListener('abort', abort);
    request.send(body);
  });
}

/** A form with the pictures as files, which is a third smaller than JSON with base64. Names are FASHN's. */
function requestBody({ model, person, garment, garmentSignature, inputs, consent }: Submission): FormData {
  const form = new FormData();
  form.set('model_name', model);
  if (consent !== undefined) form.set('consent', consent);
  if (garmentSignature !== undefined) form.set('garment_signature', garmentSignature);
  if (Object.keys(inputs).length > 0) form.set('inputs', JSON.stringify(inputs));
  setPicture(form, 'model_image', person);
  setPicture(form, model === 'tryon-max' ? 'product_image' : 'garment_image', garment);
  return form;
}

function setPicture(form: FormData, name: string, picture: Picture): void {
  if (typeof picture === 'string') form.set(name, picture);
  else form.set(name, picture, `${name}.jpg`);
}

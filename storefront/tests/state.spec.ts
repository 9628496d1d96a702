// The dialog's state machine: what each event means in each phase.
import { describe, expect, test } from 'vitest';
import type { TryOnResult } from '../src/client/types.ts';
import { initial, next, type Event, type Photo, type Product, type State } from '../src/element/state.ts';

const tee: Product = { id: 'tee', title: 'Tee', image: 'https://shop.example/tee.jpg' };
const dress: Product = { id: 'dress', title: 'Dress', image: 'https://shop.example/dress.jpg' };
const photo: Photo = { blob: new Blob(), url: 'blob:1', width: 3, height: 4, sample: false };
const result: TryOnResult = { id: 'a', images: ['https://cdn.example/1.jpg', 'https://cdn.example/2.jpg'] };

const after = (...events: Event[]): State => events.reduce(next, initial(tee));
const given: Event[] = [{ type: 'photo-given' }, { type: 'photo-prepared', photo }];
const finished: Event[] = [...given, { type: 'started' }, { type: 'finished', result }];

describe('from a photo to a picture', () => {
  test.each<[string, Event[], string]>([
    ['nothing', [], 'choose'],
    ['a photo', [{ type: 'photo-given' }], 'preparing'],
    ['a photo that is ready', given, 'ready'],
    ['a photo that cannot be used', [{ type: 'photo-given' }, { type: 'photo-refused', problem: { code: 'PhotoUnreadable', action: 'retake' } }], 'choose'],
    ['start', [...given, { type: 'started' }], 'running'],
    ['a picture', finished, 'done'],
    ['a failure', [...given, { type: 'started' }, { type: 'failed', problem: { code: 'PoseError', action: 'retake' } }], 'failed'],
    ['cancel', [...given, { type: 'started' }, { type: 'canceled' }], 'ready'],
    ['cancel of a run that was resumed without its photo', [{ type: 'started' }, { type: 'canceled' }], 'choose'],
    ['start again after a failure', [...given, { type: 'started' }, { type: 'failed', problem: { code: 'PipelineError', action: 'retry' } }, { type: 'started' }], 'running'],
  ])('after %s', (_, events, phase) => {
    expect(after(...events).phase.name).toBe(phase);
  });
});

test('news of a run that was canceled changes nothing', () => {
  const canceled = after(...given, { type: 'started' }, { type: 'canceled' });
  expect(next(canceled, { type: 'progressed', progress: { stage: 'working' } })).toBe(canceled);
  expect(next(canceled, { type: 'finished', result })).toBe(canceled);
});

test('offline keeps what was last known, and any news ends it', () => {
  const queued = after(...given, { type: 'started' }, { type: 'progressed', progress: { stage: 'queued', place: 2 } });
  const offline = next(queued, { type: 'progressed', progress: { stage: 'offline' } });
  expect(offline.phase).toEqual({ name: 'running', progress: { stage: 'queued', place: 2 }, offline: true });
  const back = next(offline, { type: 'progressed', progress: { stage: 'working' } });
  expect(back.phase).toEqual({ name: 'running', progress: { stage: 'working' }, offline: false });
});

test('a garment that was tried with this photo is shown again; another one waits to be started', () => {
  const state = after(...finished, { type: 'product-picked', product: dress });
  expect(state.phase.name).toBe('ready');
  expect(next(state, { type: 'product-picked', product: tee }).phase).toEqual({ name: 'done', result, shown: 0, cart: 'idle' });
});

test('the garment cannot be changed under a run', () => {
  const running = after(...given, { type: 'started' });
  expect(next(running, { type: 'product-picked', product: dress })).toBe(running);
  expect(next(running, { type: 'photo-change' })).toBe(running);
});

test('a new photo and a forgotten one both end the pictures that the old one made', () => {
  expect(after(...finished, { type: 'photo-prepared', photo }).results.size).toBe(0);
  const forgotten = after(...finished, { type: 'photo-forgotten' });
  expect(forgotten.results.size).toBe(0);
  expect(forgotten).not.toHaveProperty('photo');
  expect(forgotten.phase).toEqual({ name: 'choose' });
});

test('a picture’s product is added once, also after another one was looked at', () => {
  const added = after(...finished, { type: 'cart', cart: 'adding' }, { type: 'cart', cart: 'added' });
  expect(added.phase).toMatchObject({ cart: 'added' });
  const away = next(added, { type: 'product-picked', product: dress });
  expect(next(away, { type: 'product-picked', product: tee }).phase).toMatchObject({ name: 'done', cart: 'added' });
  const refused = after(...finished, { type: 'cart', cart: 'refused' });
  expect(next(refused, { type: 'product-picked', product: tee }).phase).toMatchObject({ cart: 'idle' });
});

test('only a picture that is there can be shown', () => {
  const done = after(...finished);
  expect(next(done, { type: 'picture-shown', index: 1 }).phase).toMatchObject({ shown: 1 });
  expect(next(done, { type: 'picture-shown', index: 2 })).toBe(done);
});

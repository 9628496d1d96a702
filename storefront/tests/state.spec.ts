// The dialog's state machine: what each event means in each phase.
import { describe, expect, test } from 'vitest';
import type { TryOnResult } from '../src/client/types.ts';
import { initial, next, progressed, type Event, type Photo, type Product, type RunPhase, type State } from '../src/element/state.ts';

const tee: Product = { id: 'tee', title: 'Tee', image: 'https://shop.example/tee.jpg' };
const dress: Product = { id: 'dress', title: 'Dress', image: 'https://shop.example/dress.jpg' };
const photo: Photo = { id: 'one', blob: new Blob(), url: 'blob:1', width: 3, height: 4, sample: false, advice: [] };
const result: TryOnResult = { id: 'a', images: ['https://cdn.example/1.jpg', 'https://cdn.example/2.jpg'] };
const running: RunPhase = { name: 'running', progress: { stage: 'preparing' }, line: 'up' };
const done: RunPhase = { name: 'done', result };
const failed: RunPhase = { name: 'failed', problem: { code: 'PoseError', action: 'retake' } };

const after = (...events: Event[]): State => events.reduce(next, initial(tee));
const given: Event[] = [{ type: 'photo-given' }, { type: 'photo-prepared', photo }];
const finished: Event[] = [...given, { type: 'run', run: running }, { type: 'run', run: done }];

describe('from a photo to a picture', () => {
  test.each<[string, Event[], string]>([
    ['nothing', [], 'choose'],
    ['a photo', [{ type: 'photo-given' }], 'preparing'],
    ['a photo that is ready', given, 'ready'],
    ['a photo that cannot be used', [{ type: 'photo-given' }, { type: 'photo-refused', problem: { code: 'PhotoUnreadable', action: 'retake' } }], 'choose'],
    ['a photo whose picture is there already', [{ type: 'photo-prepared', photo, run: done }], 'done'],
    ['start', [...given, { type: 'run', run: running }], 'running'],
    ['a picture', finished, 'done'],
    ['a failure', [...given, { type: 'run', run: running }, { type: 'run', run: failed }], 'failed'],
    ['a failure that was read', [...given, { type: 'run', run: failed }, { type: 'rested' }], 'ready'],
    ['cancel', [...given, { type: 'run', run: running }, { type: 'run', run: undefined }], 'ready'],
    ['cancel of a run that was resumed without its photo', [{ type: 'run', run: running }, { type: 'run', run: undefined }], 'choose'],
  ])('after %s', (_, events, phase) => {
    expect(after(...events).phase.name).toBe(phase);
  });
});

test('offline keeps what was last known, any news ends it, and none comes after the end', () => {
  const queued = progressed(running, { stage: 'queued', place: 2 });
  const offline = progressed(queued, { stage: 'offline' });
  expect(offline).toEqual({ name: 'running', progress: { stage: 'queued', place: 2 }, line: 'offline' });
  expect(progressed(offline, { stage: 'working' })).toEqual({ name: 'running', progress: { stage: 'working' }, line: 'up' });
  expect(progressed(done, { stage: 'working' })).toBe(done);
});

test('a garment that was tried with this photo is shown again; another one waits to be started', () => {
  const state = after(...finished, { type: 'product-picked', product: dress });
  expect(state.phase.name).toBe('ready');
  expect(next(state, { type: 'product-picked', product: tee, run: done }).phase).toEqual({ name: 'done', result, shown: 0, cart: 'idle' });
});

test('another garment is looked at while a run goes on, and the run is found again', () => {
  const away = after(...given, { type: 'run', run: running }, { type: 'product-picked', product: dress });
  expect(away.phase.name).toBe('ready');
  expect(next(away, { type: 'product-picked', product: tee, run: running }).phase).toEqual(running);
});

test('the photo is not changed under a run', () => {
  const state = after(...given, { type: 'run', run: running });
  expect(next(state, { type: 'photo-change' })).toBe(state);
});

test('a new photo and a forgotten one both end the picture that the old one made', () => {
  expect(after(...finished, { type: 'photo-prepared', photo: { ...photo, id: 'two' } }).phase.name).toBe('ready');
  const forgotten = after(...finished, { type: 'photo-forgotten', undoable: true });
  expect(forgotten).not.toHaveProperty('photo');
  expect(forgotten.phase).toEqual({ name: 'choose', forgotten: true });
  expect(after(...finished, { type: 'photo-forgotten', undoable: false }).phase).toEqual({ name: 'choose' });
});

test('a picture’s product is added once, also after another one was looked at', () => {
  const added = after(...finished, { type: 'cart', cart: 'adding' }, { type: 'cart', cart: 'added' });
  expect(added.phase).toMatchObject({ cart: 'added' });
  const away = next(added, { type: 'product-picked', product: dress });
  expect(next(away, { type: 'product-picked', product: tee, run: done }).phase).toMatchObject({ name: 'done', cart: 'added' });
  const refused = after(...finished, { type: 'cart', cart: 'refused' });
  expect(next(refused, { type: 'product-picked', product: tee, run: done }).phase).toMatchObject({ cart: 'idle' });
});

test('only a picture that is there can be shown', () => {
  const state = after(...finished);
  expect(next(state, { type: 'picture-shown', index: 1 }).phase).toMatchObject({ shown: 1 });
  expect(next(state, { type: 'picture-shown', index: 2 })).toBe(state);
});

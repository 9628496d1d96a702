// How the listing of covered lines is read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byFolder, ranges, read, row, share, sum } from '../coverage/report.mjs';

const LISTING = `/clone/src/app/send.rs
    1|       |//! Sends.
    2|     12|fn send() {
    3|      0|    let path = "7|0|";
    4|      0|
    5|      0|}

/clone/src/app/send/tests.rs
    1|      0|fn is_sent() {}

/clone/src/application.rs
    1|      1|fn other() {}

/clone/src/app/../../elsewhere/rows.rs
    1|      0|fn shared_by_path() {}

/registry/src/app/lib.rs
    1|      0|fn foreign() {}
`;

const files = () => read(LISTING, '/clone', (name) => !name.includes('tests'));

test('lines with a count are code, and one of 0 is missed', () => {
  const [send] = files();
  assert.deepEqual(send, { name: 'src/app/send.rs', lines: 4, missed: [3, 4, 5] });
  assert.equal(share(send), 25);
});

test('a folder has its own files alone', () => {
  const [app] = byFolder(files(), ['src/app']);
  assert.deepEqual(
    app.files.map(({ name }) => name),
    ['src/app/send.rs'],
  );
  assert.equal(app.lines, 4);
});

test('a share is rounded down in print, so that what reads 90.0 has reached it', () => {
  const part = sum('x', [{ lines: 10_000, missed: Array(1_001).fill(1) }]);
  assert.equal(row(part), '  10000   8999   89.9  x');
});

test('missed lines are told as ranges', () => {
  assert.equal(ranges([3, 4, 5, 9, 11, 12]), '3-5, 9, 11-12');
  assert.equal(ranges([]), '');
});

// What a check found out: a sentence for people, and what mends it.

/** It works. */
export const good = (what) => ({ level: 'good', what });

/** It works, and something about it should be known. */
export const warning = (what, mend) => ({ level: 'warning', what, mend });

/** It doesn't work. */
export const bad = (what, mend) => ({ level: 'bad', what, mend });

/** It can't be checked; `mend` says what the check needs. */
export const skipped = (what, mend) => ({ level: 'skipped', what, mend });

const MARKS = { good: 'ok     ', warning: 'warning', bad: 'WRONG  ', skipped: 'skipped' };

/** A finding as lines of a report. */
export function written({ level, what, mend }) {
  return `${MARKS[level]}  ${what}${mend === undefined ? '' : `\n         → ${mend}`}`;
}

/** Anything that a check tells beyond "it works". */
export const isBad = ({ level }) => level === 'bad';

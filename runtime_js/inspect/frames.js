// A stack for people: a recursion without end is a handful of lines. Part of inspect.js. Twin: edgehost/stack_lines.py

import { list } from '../boundary/built_ins.js';

const MOST = 10; // as V8 has
const LONGEST_CYCLE = MOST / 2;

/**
 * The first frames, those that come again and again only once, each with a note of what is left out.
 * @param {string[]} frames
 * @returns {{ frame: string | null, note: string }[]} a frame, or a note in its place
 */
export function folded(frames) {
  const lines = list([]);
  let at = 0;
  let shown = 0;

  while (at < frames.length && shown < MOST) {
    const { period, again } = cycleAt(frames, at);

    for (let i = 0; i < period; i++) lines.push({ frame: frames[at + i], note: '' });

    at += period + again;
    shown += period;

    if (again > 0) lines.push({ frame: null, note: noteOf(period, again, at === frames.length) });
  }

  if (at < frames.length) lines.push({ frame: null, note: '    ... ' + (frames.length - at) + ' more' });

  return lines;
}

function noteOf(period, again, isLast) {
  return '    ... ' + (isLast ? 'at least ' : '') + again + ' more like ' + (period === 1 ? 'it' : 'the last ' + period);
}

/** How many frames from here on are followed by themselves, and by how many frames. */
function cycleAt(frames, at) {
  for (let period = 1; period <= LONGEST_CYCLE; period++) {
    let end = at + period;

    while (end < frames.length && frames[end] === frames[end - period]) end++;

    const again = end - at - period;

    if (again >= 2 * period) return { period, again };
  }

  return { period: 1, again: 0 };
}

// What lists, maps, buffers, promises and modules hold. Part of inspect.js
// Each function returns the printed items, without the object's properties; a note on items that are not
// printed goes to the parts that follow (`rest`).

import {
  String, Uint8Array, dataViewBuffer, dataViewByteLength, dataViewByteOffset, hasOwn, keys as keysOf, list,
  mapForEach, mapSize, min, numberToString, pattern, setForEach, setSize, stringPadStart, typedArrayLength,
} from '../boundary/built_ins.js';
import { query } from '../boundary/host.js';

export const sizeOfMap = mapSize;
export const sizeOfSet = setSize;
export const lengthOfTyped = typedArrayLength;
const viewGetters = list([
  ['byteLength', dataViewByteLength], ['byteOffset', dataViewByteOffset], ['buffer', dataViewBuffer],
]);

export const INDEX = pattern(/^(?:0|[1-9]\d*)$/);

export function arrayItems(ctx, array, level, rest) {
  const { length } = array;
  const items = list([]);
  let at = 0;
  let keys = null; // made at the first hole
  let next = 0; // of the keys

  while (at < length && items.length < ctx.maxArrayLength) {
    if (hasOwn(array, at)) {
      items.push(ctx.printProperty(ctx, array, at++, level, true));
    } else {
      keys ??= keysOf(array); // indices first, in order

      while (next < keys.length && +keys[next] < at) next++;

      const end = next < keys.length && INDEX.test(keys[next]) ? +keys[next] : length;

      items.push(emptyItems(ctx, end - at));
      at = end;
    }
  }

  noteMore(rest, length - at);

  return items;
}

function emptyItems(ctx, count) {
  return ctx.stylize('<' + count + ' empty item' + (count > 1 ? 's' : '') + '>', 'undefined');
}

export function typedItems(ctx, array, level, rest) {
  const total = lengthOfTyped(array);
  const length = min(ctx.maxArrayLength, total);
  const items = list([]);

  for (let i = 0; i < length; i++) items.push(ctx.print(ctx, array[i], level));

  noteMore(rest, total - length);

  return items;
}

export function setItems(ctx, set, level, rest) {
  return collect(ctx, membersOf(set), rest, (item) => ctx.printInner(ctx, item, level));
}

export function mapItems(ctx, map, level, rest) {
  return collect(ctx, entriesOf(map), rest, (entry) => pairText(ctx, entry, level));
}

export function pairItems(ctx, pairs, level, rest) {
  return collect(ctx, pairs, rest, (pair) => pairText(ctx, pair, level));
}

function pairText(ctx, pair, level) {
  return ctx.printInner(ctx, pair[0], level) + ' => ' + ctx.printInner(ctx, pair[1], level);
}

/** The members of a Set, whatever the function made of its iteration. */
export function membersOf(set) {
  const members = list([]);

  setForEach(set, (member) => members.push(member));

  return members;
}

/** The entries of a Map, each as a pair. */
export function entriesOf(map) {
  const entries = list([]);

  mapForEach(map, (value, key) => entries.push([key, value]));

  return entries;
}

function collect(ctx, members, rest, textOf) {
  const items = list([]);
  const count = min(ctx.maxArrayLength, members.length);

  for (let i = 0; i < count; i++) items.push(textOf(members[i]));

  noteMore(rest, members.length - count);

  return items;
}

export function bufferParts(ctx, buffer) {
  let array;

  try {
    array = new Uint8Array(buffer);
  } catch {
    return [ctx.stylize('(detached)', 'special'), 'byteLength: ' + ctx.stylize('0', 'number')];
  }

  const size = typedArrayLength(array);
  const length = min(ctx.maxArrayLength, size);
  const digits = list([]);

  for (let i = 0; i < length; i++) digits.push(stringPadStart(numberToString(array[i], 16), 2, '0'));

  const more = size - length;
  const note = more > 0 ? ' ... ' + more + ' more byte' + (more > 1 ? 's' : '') : '';

  return [
    ctx.stylize('[Uint8Contents]', 'special') + ': <' + digits.join(' ') + note + '>',
    'byteLength: ' + ctx.stylize('' + size, 'number'),
  ];
}

export function viewParts(ctx, view, level) {
  return viewGetters.map(({ 0: name, 1: get }) => name + ': ' + ctx.printInner(ctx, get(view), level));
}

export function promiseState(ctx, promise, level) {
  const box = [];
  const state = query.lookInto(promise, box);

  if (state === 0) return [ctx.stylize('<pending>', 'special')];

  const text = ctx.printInner(ctx, box[0], level);

  return [state === 2 ? ctx.stylize('<rejected>', 'special') + ' ' + text : text];
}

export function unknownItems(ctx) {
  return [ctx.stylize('<items unknown>', 'special')];
}

/** The exports of a module. Those that have no value yet cannot be read. */
export function bindings(ctx, module, level, names) {
  return names.map((name) => {
    try {
      return ctx.printProperty(ctx, module, name, level);
    } catch {
      return String(name) + ': ' + ctx.stylize('<uninitialized>', 'special');
    }
  });
}

function noteMore(rest, count) {
  if (count > 0) rest.push('... ' + count + ' more item' + (count > 1 ? 's' : ''));
}

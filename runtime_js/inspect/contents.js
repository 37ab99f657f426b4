// What lists, maps, buffers, promises and modules hold. Part of inspect.js
// Each function returns the printed items, without the object's properties; a note on items that are not
// printed goes to the parts that follow (`rest`).

import { query } from '../host.js';

const { getOwnPropertyDescriptor, getPrototypeOf, hasOwn, keys: keysOf } = Object;
const { bind, call } = Function.prototype;
const uncurry = bind.bind(call);
const getter = (prototype, name) => uncurry(getOwnPropertyDescriptor(prototype, name).get);
const entriesOfMap = uncurry(Map.prototype.entries);
const valuesOfSet = uncurry(Set.prototype.values);

export const sizeOfMap = getter(Map.prototype, 'size');
export const sizeOfSet = getter(Set.prototype, 'size');
export const lengthOfTyped = getter(getPrototypeOf(Uint8Array.prototype), 'length');
const viewGetters = ['byteLength', 'byteOffset', 'buffer'].map((name) => [name, getter(DataView.prototype, name)]);

export const INDEX = /^(?:0|[1-9]\d*)$/;

export function arrayItems(ctx, array, level, rest) {
  const { length } = array;
  const items = [];
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
  return ctx.stylize(`<${count} empty item${count > 1 ? 's' : ''}>`, 'undefined');
}

export function typedItems(ctx, array, level, rest) {
  const total = lengthOfTyped(array);
  const length = Math.min(ctx.maxArrayLength, total);
  const items = [];

  for (let i = 0; i < length; i++) items.push(ctx.print(ctx, array[i], level));

  noteMore(rest, total - length);

  return items;
}

export function setItems(ctx, set, level, rest) {
  return collect(ctx, valuesOfSet(set), sizeOfSet(set), rest, (item) => ctx.printInner(ctx, item, level));
}

export function mapItems(ctx, map, level, rest) {
  return collect(ctx, entriesOfMap(map), sizeOfMap(map), rest, (entry) => pairText(ctx, entry, level));
}

export function pairItems(ctx, pairs, level, rest) {
  return collect(ctx, pairs, pairs.length, rest, (pair) => pairText(ctx, pair, level));
}

function pairText(ctx, pair, level) {
  return `${ctx.printInner(ctx, pair[0], level)} => ${ctx.printInner(ctx, pair[1], level)}`;
}

function collect(ctx, iterable, size, rest, textOf) {
  const items = [];

  for (const item of iterable) {
    if (items.length >= ctx.maxArrayLength) break;

    items.push(textOf(item));
  }

  noteMore(rest, size - items.length);

  return items;
}

export function bufferParts(ctx, buffer) {
  let array;

  try {
    array = new Uint8Array(buffer);
  } catch {
    return [ctx.stylize('(detached)', 'special'), `byteLength: ${ctx.stylize('0', 'number')}`];
  }

  const length = Math.min(ctx.maxArrayLength, array.length);
  const digits = [];

  for (let i = 0; i < length; i++) digits.push(array[i].toString(16).padStart(2, '0'));

  const more = array.length - length;
  const note = more > 0 ? ` ... ${more} more byte${more > 1 ? 's' : ''}` : '';

  return [
    `${ctx.stylize('[Uint8Contents]', 'special')}: <${digits.join(' ')}${note}>`,
    `byteLength: ${ctx.stylize(`${array.length}`, 'number')}`,
  ];
}

export function viewParts(ctx, view, level) {
  return viewGetters.map(([name, get]) => `${name}: ${ctx.printInner(ctx, get(view), level)}`);
}

export function promiseState(ctx, promise, level) {
  const box = [];
  const state = query.lookInto(promise, box);

  if (state === 0) return [ctx.stylize('<pending>', 'special')];

  const text = ctx.printInner(ctx, box[0], level);

  return [state === 2 ? `${ctx.stylize('<rejected>', 'special')} ${text}` : text];
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
      return `${String(name)}: ${ctx.stylize('<uninitialized>', 'special')}`;
    }
  });
}

function noteMore(rest, count) {
  if (count > 0) rest.push(`... ${count} more item${count > 1 ? 's' : ''}`);
}

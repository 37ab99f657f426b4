// console.table: rows and columns in box drawing, laid out as in Node. Part of console.js

import {
  Object, Symbol, createMap, createSet, hasOwn, isArray, isView, keys as keysOf, list, max, stringRepeat,
} from '../boundary/built_ins.js';
import { query } from '../boundary/host.js';
import { inspect } from '../inspect/inspect.js';
import { entriesOf, membersOf, sizeOfMap, sizeOfSet } from '../inspect/contents.js';
import { width } from '../inspect/text.js';
import { lengthOf as viewLength } from '../streams/views.js';

const MOST_ROWS = 1000;
const MOST_COLUMNS = 64;

/**
 * @param {object} data
 * @param {string[] | undefined} properties the columns that are wanted
 * @param {boolean} colors
 * @returns {string}
 */
export function table(data, properties, colors) {
  const options = { colors, maxArrayLength: 3, breakLength: Infinity };
  const show = (value) => inspect(value, { ...options, depth: isWide(value) ? -1 : 0 });
  const kind = query.classOf(data);

  if (kind === 'Map') return ofMap(data, show);

  return kind === 'Set' ? ofSet(data, show) : ofObject(data, properties, show);
}

/** Whether a cell shows only the class of a value: one with many properties would fill the screen. */
function isWide(value) {
  const isObject = typeof value === 'object' && value !== null;

  return isObject && !isArray(value) && !isView(value) && keysOf(value).length > 2;
}

function ofMap(map, show) {
  const rows = entriesOf(map).slice(0, MOST_ROWS)
    .map(({ 0: key, 1: value }, index) => list([show(index), show(key), show(value)]));

  return draw(list(['(iteration index)', 'Key', 'Values']), rows, sizeOfMap(map));
}

function ofSet(set, show) {
  const rows = membersOf(set).slice(0, MOST_ROWS).map((value, index) => list([show(index), show(value)]));

  return draw(list(['(iteration index)', 'Values']), rows, sizeOfSet(set));
}

const VALUE = Symbol('a cell that is no property of the row');

function ofObject(data, properties, show) {
  const { shown, count } = indicesOf(data);
  const rows = shown.map((index) => cellsOf(data[index], properties, show));
  const columns = createSet(properties);
  let hasValues = false;

  rows.forEach((row) => row.forEach((text, key) => {
    if (key === VALUE) hasValues = true;
    else if (columns.size < MOST_COLUMNS) columns.add(key);
  }));

  const order = membersOf(columns);

  if (hasValues) order.push(VALUE);

  const head = order.map((column) => (column === VALUE ? 'Values' : column));
  const lines = rows.map((row, i) => list(['' + shown[i]]).concat(order.map((column) => row.get(column) ?? '')));

  return draw(list(['(index)']).concat(head), lines, count);
}

/** The texts of one row, by column. */
function cellsOf(item, properties, show) {
  const cells = createMap();

  if (Object(item) !== item) {
    if (properties === undefined) cells.set(VALUE, show(item));

    return cells;
  }

  const keys = properties?.filter((key) => hasOwn(item, key)) ?? list(keysOf(item)).slice(0, MOST_COLUMNS);

  keys.forEach((key) => cells.set(key, show(item[key])));

  return cells;
}

/** The rows' keys. Those of a long list are not made all. */
function indicesOf(data) {
  if ((isArray(data) || isView(data)) && lengthOf(data) > MOST_ROWS) {
    return { shown: firstIndices(), count: lengthOf(data) };
  }

  const keys = list(keysOf(data));

  return { shown: keys.slice(0, MOST_ROWS), count: keys.length };
}

function firstIndices() {
  const indices = list([]);

  for (let i = 0; i < MOST_ROWS; i++) indices.push(i);

  return indices;
}

const lengthOf = (data) => (isArray(data) ? data.length : viewLength(data));

function draw(head, rows, count) {
  const widths = head.map((_, column) => 2 + rows.reduce((most, row) => max(most, width(row[column])), width(head[column])));
  const padded = (cell, column) => ' ' + cell + stringRepeat(' ', widths[column] - width(cell) - 1);
  const line = (cells) => '│' + cells.map(padded).join('│') + '│';
  const rule = (left, middle, right) => left + widths.map((columns) => stringRepeat('─', columns)).join(middle) + right;
  const lines = list([rule('┌', '┬', '┐'), line(head), rule('├', '┼', '┤')]).concat(rows.map(line));

  lines.push(rule('└', '┴', '┘'));

  if (count > rows.length) lines.push('... ' + (count - rows.length) + ' more rows');

  return lines.join('\n');
}

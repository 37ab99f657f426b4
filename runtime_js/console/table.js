// console.table: rows and columns in box drawing, laid out as in Node. Part of console.js

import { query } from '../host.js';
import { inspect } from '../inspect.js';
import { width } from '../inspect/text.js';

const MOST_ROWS = 1000;
const MOST_COLUMNS = 64;

const { hasOwn, keys: keysOf } = Object;

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

  return isObject && !Array.isArray(value) && !ArrayBuffer.isView(value) && keysOf(value).length > 2;
}

function ofMap(map, show) {
  const rows = take(map.entries()).map(([key, value], index) => [show(index), show(key), show(value)]);

  return draw(['(iteration index)', 'Key', 'Values'], rows, map.size);
}

function ofSet(set, show) {
  const rows = take(set.values()).map((value, index) => [show(index), show(value)]);

  return draw(['(iteration index)', 'Values'], rows, set.size);
}

function take(iterator) {
  const items = [];

  for (const item of iterator) {
    if (items.push(item) === MOST_ROWS) break;
  }

  return items;
}

const VALUE = Symbol('a cell that is no property of the row');

function ofObject(data, properties, show) {
  const { shown, count } = indicesOf(data);
  const rows = shown.map((index) => cellsOf(data[index], properties, show));
  const columns = new Set(properties);
  let hasValues = false;

  for (const row of rows) {
    for (const key of row.keys()) {
      if (key === VALUE) hasValues = true;
      else if (columns.size < MOST_COLUMNS) columns.add(key);
    }
  }

  const order = hasValues ? [...columns, VALUE] : [...columns];
  const head = order.map((column) => (column === VALUE ? 'Values' : column));
  const lines = rows.map((row, i) => [`${shown[i]}`, ...order.map((column) => row.get(column) ?? '')]);

  return draw(['(index)', ...head], lines, count);
}

/** The texts of one row, by column. */
function cellsOf(item, properties, show) {
  if (Object(item) !== item) return new Map(properties === undefined ? [[VALUE, show(item)]] : []);

  const keys = properties?.filter((key) => hasOwn(item, key)) ?? keysOf(item).slice(0, MOST_COLUMNS);

  return new Map(keys.map((key) => [key, show(item[key])]));
}

/** The rows' keys. Those of a long list are not made all. */
function indicesOf(data) {
  if ((Array.isArray(data) || ArrayBuffer.isView(data)) && data.length > MOST_ROWS) {
    return { shown: Array.from({ length: MOST_ROWS }, (_, index) => index), count: data.length };
  }

  const keys = keysOf(data);

  return { shown: keys.slice(0, MOST_ROWS), count: keys.length };
}

function draw(head, rows, count) {
  const widths = head.map((_, column) => 2 + Math.max(...[head, ...rows].map((row) => width(row[column]))));
  const padded = (cell, column) => ` ${cell}${' '.repeat(widths[column] - width(cell) - 1)}`;
  const line = (cells) => `│${cells.map(padded).join('│')}│`;
  const rule = (left, middle, right) => left + widths.map((columns) => '─'.repeat(columns)).join(middle) + right;
  const lines = [rule('┌', '┬', '┐'), line(head), rule('├', '┼', '┤'), ...rows.map(line), rule('└', '┴', '┘')];

  if (count > rows.length) lines.push(`... ${count - rows.length} more rows`);

  return lines.join('\n');
}

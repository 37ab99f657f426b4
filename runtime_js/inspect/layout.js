// How the printed parts of a value are laid out: on one line, one a line, or in columns. Part of inspect.js
//
// Short values of little depth take one line. A list of more than six narrow items becomes a block of
// columns, about the shape of those that Node prints. Everything else has one part a line.

import { list, max, min, pattern, sqrt, stringIncludes, stringRepeat } from '../boundary/built_ins.js';
import { removeColors, width } from './text.js';

const FREE = 9; // columns that a single line leaves free, for what stands before and after it
const FEW = 6; // items that need no columns
const SEPARATOR = 2; // the width of ", "
const MOST_COLUMNS = 12;
const SHAPE = 2.5; // how wide a block may be for its height: found by trying, on lists that Node printed
const NUMBER = pattern(/^-?(?:\d[\d.e+-]*n?|Infinity|NaN)$/);

/**
 * @param {object} ctx of the inspection
 * @param {string[]} items of a list, or whatever the value holds beside its properties
 * @param {string[]} rest what comes after them: notes and properties
 * @param {{ base: string, open: string, close: string, isList: boolean }} shape
 * @param {number} height how many levels of objects there are, from 1
 */
export function layOut(ctx, items, rest, { base, open, close, isList }, height) {
  const start = base === '' ? open : base + ' ' + open;
  const rows = isList && ctx.compact > 0 ? block(items, ctx.breakLength - ctx.indentation) : null;
  const parts = (rows ?? items).concat(rest);

  if (rows === null && height <= ctx.compact) {
    const line = oneLine(start, parts, close, ctx.breakLength - ctx.indentation - FREE);

    if (line !== null) return line;
  }

  const newLine = '\n' + stringRepeat(' ', ctx.indentation);

  return '' + start + newLine + '  ' + parts.join(',' + newLine + '  ') + newLine + close;
}

function oneLine(start, parts, close, room) {
  if (parts.length * (1 + SEPARATOR) > room) return null;

  const line = parts.length === 0 ? start + close : start + ' ' + parts.join(', ') + ' ' + close;

  return stringIncludes(line, '\n') || width(line) > room ? null : line;
}

/** The rows of a block; null when the items should stand otherwise. */
function block(items, room) {
  if (items.length <= FEW || room === Infinity) return null;

  const widths = items.map((item) => (stringIncludes(item, '\n') ? Infinity : width(item)));
  const columns = columnsFor(widths, room);

  return columns < 2 ? null : rowsOf(items, widths, columns);
}

/** How many columns give a block a good shape. @returns {number} 1 for none */
function columnsFor(widths, room) {
  const count = widths.length;
  let longest = 0;
  let sum = 0;
  let squares = 0;

  for (let i = 0; i < count; i++) {
    longest = max(longest, widths[i]);
    sum += widths[i];
    squares += widths[i] ** 2;
  }

  const cell = longest + SEPARATOR;
  const fits = (columns) => columns * cell < room;
  // One item that is much longer than the others would leave a block mostly empty.
  const isEven = longest <= 4 || 5 * cell < sum + count * SEPARATOR;

  if (!fits(3) || !isEven) return 1;

  const deviation = sqrt(max(0, squares / count - (sum / count) ** 2));
  const typical = max(1, longest - deviation - 1);
  let columns = 1;

  while (columns < MOST_COLUMNS && fits(columns + 1) && columns * (columns + 1) * typical < SHAPE * count) columns++;

  return columns;
}

/** Each column is as wide as its longest item. Numbers stand to the right, everything else to the left. */
function rowsOf(items, widths, columns) {
  const isNumeric = items.every((item) => NUMBER.test(item) || NUMBER.test(removeColors(item)));
  const columnWidths = widths.slice(0, columns);
  const rows = list([]);

  for (let i = columns; i < widths.length; i++) {
    columnWidths[i % columns] = max(columnWidths[i % columns], widths[i]);
  }

  for (let start = 0; start < items.length; start += columns) {
    const last = min(start + columns, items.length) - 1;
    let row = '';

    for (let i = start; i <= last; i++) {
      const padding = stringRepeat(' ', columnWidths[i - start] - widths[i]);
      const text = i < last ? items[i] + ', ' : items[i];

      row += isNumeric ? padding + text : text + (i < last ? padding : '');
    }

    rows.push(row);
  }

  return rows;
}

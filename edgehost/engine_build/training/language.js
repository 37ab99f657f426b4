// A walk through the language, for the parts of the engine that the other functions do not touch.
const WORDS = 'the quick brown fox jumps over the lazy dog and runs away from the Größe of Ünïcode'.split(' ');

class Shape {
  static made = 0;
  #sides;

  constructor(...sides) {
    this.#sides = sides;
    Shape.made += 1;
  }

  get around() {
    return this.#sides.reduce((sum, side) => sum + side, 0);
  }

  toString() {
    return `${this.constructor.name}(${this.#sides})`;
  }
}

class Square extends Shape {
  constructor(side) {
    super(side, side, side, side);
  }

  toString() {
    return `a ${super.toString()}`;
  }
}

function fibonacci(n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

function sieve(limit) {
  const composite = new Uint8Array(limit + 1);
  let count = 0;
  for (let n = 2; n <= limit; n += 1) {
    if (composite[n]) continue;
    count += 1;
    for (let multiple = n * n; multiple <= limit; multiple += n) composite[multiple] = 1;
  }

  return count;
}

function* take(count, iterable) {
  for (const value of iterable) {
    if (count-- <= 0) return;
    yield value;
  }
}

async function* ticks(count) {
  for (let tick = 0; tick < count; tick += 1) yield await tick;
}

function counted(words) {
  const counts = new Map();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);

  return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
}

function hash(text) {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }

  return value.toString(16).padStart(8, '0');
}

function tokens(text) {
  const found = [];
  for (const { groups } of text.matchAll(/(?<number>\d+(?:\.\d+)?)|(?<word>[a-z_]\w*)|(?<sign>[-+*/()=])/gi)) {
    const [kind, value] = Object.entries(groups).find(([, part]) => part !== undefined);
    switch (kind) {
      case 'number':
        found.push(Number.parseFloat(value));
        break;
      case 'word':
        found.push(value.toLowerCase());
        break;
      default:
        found.push(value);
    }
  }

  return found;
}

function caught() {
  try {
    return null.property;
  } catch ({ name, message }) {
    return `${name}: ${message}`;
  } finally {
    Shape.made = 0;
  }
}

function matrix(size) {
  const rows = Array.from({ length: size }, (_, y) => Float64Array.from({ length: size }, (_, x) => x * 0.5 + y));
  let sum = 0;
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      let cell = 0;
      for (let k = 0; k < size; k += 1) cell += rows[y][k] * rows[k][x];
      sum += Math.sqrt(cell);
    }
  }

  return sum.toPrecision(9);
}

async function walk() {
  const shapes = [new Square(2), new Shape(3, 4, 5)];
  const text = WORDS.join(' ');
  const seen = [];
  for await (const tick of ticks(5)) seen.push(tick);
  const [first, , third = 'none', ...rest] = WORDS.map((word) => word.normalize('NFD').length);
  const settled = await Promise.allSettled([Promise.resolve(1), Promise.reject(new RangeError('no')), 3]);
  const copy = structuredClone({ when: new Date(0), list: [1, 2, { deep: true }], set: new Set(['a']) });
  const view = new DataView(new ArrayBuffer(16));
  view.setFloat64(0, Math.PI);
  view.setUint32(8, 0xdeadbeef, true);

  return {
    shapes: shapes.map((shape) => `${shape}: ${shape.around}`),
    numbers: [fibonacci(12), sieve(500), matrix(8), (2n ** 70n % 1_000_007n).toString(), 0.1 + 0.2, 1e21 / 3],
    words: [counted(WORDS).slice(0, 2), hash(text), text.split('').toReversed().join('').slice(0, 12), text.indexOf('lazy')],
    tokens: tokens('total = (12.5 + price_1) * 3 - Tax / 2'),
    iterated: [...take(3, new Set([5, 6, 7, 8])), ...seen, first, third, rest.length],
    settled: settled.map(({ status, value, reason }) => value ?? `${status} ${reason}`),
    copied: [copy.when.getTime(), copy.list.at(-1).deep, copy.set.has('a')],
    bytes: [view.getUint8(1), btoa('edge'), atob('aG9zdA=='), new TextDecoder().decode(new TextEncoder().encode('Größe'))],
    parsed: JSON.parse('{"a":[1,-2.5e3,true,null,"\\u00e9\\n"],"b":{"c":"text"}}', (key, value) => value),
    dates: [new Date(Date.UTC(2024, 1, 29)).toJSON(), Date.parse('2024-02-29T12:00:00Z')],
    caught: caught(),
    random: crypto.randomUUID().length,
    proxied: new Proxy({}, { get: (_, key) => `got ${String(key)}` }).anything,
  };
}

export default {
  async fetch() {
    return Response.json(await walk());
  },
};

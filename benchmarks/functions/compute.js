// Code that computes: SHA-256 of 64 KiB, in JavaScript.
const SIZE = 64 * 1024;
const K = constants();
const words = new Uint32Array(64);
const state = new Uint32Array(8);
const START = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

/** The fractional parts of the cube roots of the first 64 primes. */
function constants() {
  const found = [];

  for (let n = 2; found.length < 64; n++) {
    let isPrime = true;

    for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) isPrime = false;

    if (isPrime) found.push((Math.cbrt(n) % 1) * 2 ** 32);
  }

  return new Uint32Array(found);
}

function rotate(x, n) {
  return (x >>> n) | (x << (32 - n));
}

function addBlock(view, at) {
  for (let i = 0; i < 16; i++) words[i] = view.getUint32(at + 4 * i);

  for (let i = 16; i < 64; i++) {
    const x = words[i - 15];
    const y = words[i - 2];

    words[i] = words[i - 16] + (rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3))
      + words[i - 7] + (rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10));
  }

  let [a, b, c, d, e, f, g, h] = state;

  for (let i = 0; i < 64; i++) {
    const one = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
    const two = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;

    h = g;
    g = f;
    f = e;
    e = (d + one) | 0;
    d = c;
    c = b;
    b = a;
    a = (one + two) | 0;
  }

  [a, b, c, d, e, f, g, h].forEach((value, i) => {
    state[i] += value;
  });
}

/** @param {Uint8Array} bytes @returns {string} as hexadecimal digits */
function sha256(bytes) {
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  const view = new DataView(padded.buffer);

  padded.set(bytes);
  padded[bytes.length] = 0x80;
  view.setUint32(padded.length - 4, bytes.length * 8);
  state.set(START);

  for (let at = 0; at < padded.length; at += 64) addBlock(view, at);

  return Array.from(state, (word) => word.toString(16).padStart(8, '0')).join('');
}

export default {
  async fetch() {
    return new Response(sha256(new Uint8Array(SIZE).fill(0x61)));
  },
};

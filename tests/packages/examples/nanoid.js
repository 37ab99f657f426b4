import { nanoid } from 'nanoid';

const ids = new Set(Array.from({ length: 100 }, () => nanoid()));

console.log(ids.size, [...ids].every((id) => /^[\w-]{21}$/.test(id)));

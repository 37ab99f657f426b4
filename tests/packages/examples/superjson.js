import superjson from 'superjson';

const text = superjson.stringify({ date: new Date(0), set: new Set([1n]) });

console.log(text);
console.log(superjson.parse(text).date.getTime() === 0, superjson.parse(text).set.has(1n));

import fetch, { Headers, Request, Response } from 'cross-fetch';

const response = await fetch('data:application/json,{"of":"cross-fetch"}');

console.log(response.status, response.ok, (await response.json()).of);
console.log(new Headers({ a: '1' }).get('A'), new Request('https://example.com/').method, new Response('x').status);

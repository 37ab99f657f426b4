const cookie = require('cookie');

console.log(JSON.stringify(cookie.parseCookie('foo=bar; equation=E%3Dmc%5E2')));
console.log(cookie.stringifySetCookie({ name: 'foo', value: 'b r', httpOnly: true }));

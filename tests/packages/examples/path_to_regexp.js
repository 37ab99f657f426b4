import { compile, match, pathToRegexp } from 'path-to-regexp';

console.log(JSON.stringify(match('/users/:id{/*rest}')('/users/4/a/b').params));
console.log(match('/users/:id')('/other'), compile('/users/:id')({ id: 'é' }));
console.log(pathToRegexp('/:name').regexp.test('/x'));

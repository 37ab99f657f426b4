import { AutoRouter } from 'itty-router';

const router = AutoRouter();

router
  .get('/hello/:name', ({ name }) => `Hello, ${name}!`)
  .get('/json', () => [1, 2, 3])
  .get('/promises', () => Promise.resolve('later'));

export default { ...router };

import { Hono } from 'hono';

const app = new Hono();

app.get('/', (c) => c.text('Hello Hono!'));
app.get('/users/:id', (c) => c.json({ id: c.req.param('id'), page: c.req.query('page') }));
app.post('/echo', async (c) => c.json(await c.req.json(), 201));
app.get('/fails', () => {
  throw new Error('no');
});

export default app;

// A Hono application: 10 routes, 3 middlewares. Served as a bundle, see bundle.py.
import { Hono } from 'hono';

const app = new Hono();
const users = new Hono();
const posts = new Hono();

app.use(async (c, next) => {
  await next();
  c.header('x-powered-by', 'benchmark');
});
app.use(async (c, next) => {
  c.set('language', c.req.header('accept-language') ?? 'en');
  await next();
});
app.use('/api/*', async (c, next) => {
  if (c.req.header('accept') === 'text/html') return c.text('no pages here', 406);

  await next();
});

users.get('/', (c) => c.json([]));
users.get('/:id', (c) => c.json({ id: c.req.param('id') }));
users.post('/', async (c) => c.json(await c.req.json(), 201));
users.delete('/:id', (c) => c.body(null, 204));

posts.get('/', (c) => c.json([]));
posts.get('/:post', (c) => c.json({
  user: c.req.param('id'),
  post: Number(c.req.param('post')),
  limit: Number(c.req.query('limit') ?? 10),
  agent: c.req.header('user-agent'),
  language: c.get('language'),
}));
posts.put('/:post', async (c) => c.json(await c.req.json()));

app.get('/', (c) => c.text('ready'));
app.route('/api/users', users);
app.route('/api/users/:id/posts', posts);
app.get('/files/*', (c) => c.text(c.req.path));
app.get('/health', (c) => c.html('<p>up</p>'));

export default app;

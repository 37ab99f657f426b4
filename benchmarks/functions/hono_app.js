// A Hono application: 10 routes, 3 middlewares. Served as a bundle, see bundle.py.
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { requestId } from 'hono/request-id';

const app = new Hono();
const users = new Hono();
const posts = new Hono();

app.use(requestId());
app.use(cors({ origin: 'https://example.com', exposeHeaders: ['x-request-id'] }));
app.use(async (c, next) => {
  await next();
  c.header('x-powered-by', 'benchmark');
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
}));
posts.put('/:post', async (c) => c.json(await c.req.json()));

app.get('/', (c) => c.text('ready'));
app.route('/api/users', users);
app.route('/api/users/:id/posts', posts);
app.get('/files/*', (c) => c.text(c.req.path));
app.get('/health', (c) => c.html('<p>up</p>'));

export default app;

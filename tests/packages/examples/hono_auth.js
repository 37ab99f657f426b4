import { Hono } from 'hono';
import { basicAuth } from 'hono/basic-auth';
import { jwt, sign } from 'hono/jwt';

const app = new Hono();
const secret = 'it-is-very-secret';

app.use('/private/*', basicAuth({ username: 'hono', password: 'acoolproject' }));
app.get('/private/page', (c) => c.text('You are authorized'));
app.get('/token', async (c) => c.text(await sign({ sub: 'user123' }, secret)));
app.use('/auth/*', jwt({ secret, alg: 'HS256' }));
app.get('/auth/page', (c) => c.json(c.get('jwtPayload')));

export default app;

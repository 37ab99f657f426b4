import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { upgradeWebSocket } from 'hono/deno';

const app = new Hono();

app.use('*', cors());
app.get('/ws', upgradeWebSocket(() => ({
  onMessage(event, socket) {
    socket.send('Hello from server to ' + event.data);
  },
})));
app.get('/', (c) => c.text('no socket'));

export default app;

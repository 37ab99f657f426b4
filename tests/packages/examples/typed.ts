// Checked by the TypeScript compiler, not run. Each line after "@ts-expect-error" must be refused.

interface Env {
  KEY: string;
}

interface Own {
  limit: number;
}

const fetching: FetchHandler = async (request, env, ctx) => {
  const key: string = env.KEY;
  const other: string | undefined = env.OTHER;
  // @ts-expect-error A variable may be missing.
  const missing: string = env.OTHER;
  // @ts-expect-error Variables are not written.
  env.OTHER = 'value';

  ctx.waitUntil(Promise.resolve());
  // @ts-expect-error It takes a promise.
  ctx.waitUntil(1);
  // @ts-expect-error There is no such method.
  ctx.passThroughOnException();

  return new Response(`${request.url} ${key} ${other} ${missing}`);
};

const typed = {
  fetch(request, env, ctx) {
    if (request.headers.get('upgrade') === 'websocket') {
      const { response, socket } = upgradeWebSocket(request, { protocol: 'chat', idleTimeout: 10 });

      socket.binaryType = 'arraybuffer';
      socket.onmessage = ({ data }) => socket.send(data);
      socket.addEventListener('close', ({ code, wasClean }) => ctx.waitUntil(Promise.resolve([code, wasClean])));

      return response;
    }

    return Deno.upgradeWebSocket(request).response;
  },
} satisfies EdgeFunction;

const own: EdgeFunction<Own> = { fetch: (request, env) => new Response(env.limit.toFixed()) };

// @ts-expect-error A handler answers with a response.
const text: EdgeFunction = { fetch: () => 'text' };
// @ts-expect-error A function has a handler.
const empty: EdgeFunction = {};

// @ts-expect-error A request is what is upgraded.
upgradeWebSocket('wss://example.com/');
// @ts-expect-error There is no such option.
upgradeWebSocket(new Request('http://x/'), { protocols: ['a'] });

addEventListener('fetch', (event) => {
  event.waitUntil(Promise.resolve(event.request.url));
  event.respondWith(new Response('hello'));
  // @ts-expect-error It answers with a response.
  event.respondWith('hello');
});

void [fetching, typed, own, text, empty];

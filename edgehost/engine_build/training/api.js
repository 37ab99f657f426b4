// What functions at the edge are made of: a table of routes with middlewares, URLs, headers, JSON.
const ITEMS = Array.from({ length: 40 }, (_, index) => ({
  id: index + 1,
  name: `Item ${(index * 7) % 40}`,
  price: Math.round(index * 129.37) / 100,
  tags: index % 3 === 0 ? ['new', 'sale'] : ['plain'],
  added: new Date(1.7e12 + index * 86_400_000).toISOString(),
}));

class Router {
  #routes = [];
  #middlewares = [];

  use(middleware) {
    this.#middlewares.push(middleware);
    return this;
  }

  on(method, path, handler) {
    const pattern = new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}/?$`);
    this.#routes.push({ method, pattern, handler });
    return this;
  }

  async handle(request, env) {
    const url = new URL(request.url);
    const context = { request, env, url, params: {}, started: performance.now() };

    const run = async (index) => {
      const middleware = this.#middlewares[index];
      return middleware ? middleware(context, () => run(index + 1)) : this.#dispatch(context);
    };

    return run(0);
  }

  async #dispatch(context) {
    for (const { method, pattern, handler } of this.#routes) {
      if (method !== context.request.method) continue;
      const match = pattern.exec(context.url.pathname);
      if (match === null) continue;
      context.params = { ...match.groups };

      return handler(context);
    }

    return Response.json({ error: 'not found' }, { status: 404 });
  }
}

class Invalid extends Error {
  constructor(field, message) {
    super(`${field}: ${message}`);
    this.name = 'Invalid';
    this.field = field;
  }
}

function cookies(header) {
  const entries = (header ?? '').split(';').map((part) => part.trim().split('='));
  return Object.fromEntries(entries.filter(([name, value]) => name && value));
}

function checked(item) {
  const { name, price, tags = [], ...rest } = item;
  if (typeof name !== 'string' || !/^[\p{L}\d][\p{L}\d _-]{0,63}$/u.test(name)) throw new Invalid('name', 'not a name');
  if (!Number.isFinite(price) || price < 0) throw new Invalid('price', 'not a price');

  return { ...rest, name: name.trim().toLowerCase(), price, tags: [...new Set(tags)].sort() };
}

const router = new Router()
  .use(async (context, next) => {
    const response = await next();
    response.headers.set('x-route', context.url.pathname);
    response.headers.append('vary', 'accept');

    return response;
  })
  .use(async (context, next) => {
    try {
      return await next();
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      return Response.json({ error: error.message, field: error.field }, { status: 422 });
    }
  })
  .on('GET', '/items', ({ url }) => {
    const query = url.searchParams;
    const page = Number.parseInt(query.get('page') ?? '1', 10);
    const tags = query.getAll('tag');
    const found = ITEMS.filter((item) => tags.every((tag) => item.tags.includes(tag)))
      .toSorted((a, b) => (query.get('sort') === 'price' ? b.price - a.price : a.name.localeCompare(b.name)))
      .slice((page - 1) * 10, page * 10);
    const total = found.reduce((sum, { price }) => sum + price, 0).toFixed(2);

    return Response.json({ page, total, items: found });
  })
  .on('GET', '/items/:id', ({ request, params }) => {
    const { headers } = request;
    const item = ITEMS.find(({ id }) => id === Number(params.id));
    const session = cookies(headers.get('cookie')).session ?? null;
    const language = headers.get('accept-language')?.split(',')[0] ?? 'en';

    return new Response(JSON.stringify({ ...item, session, language, agent: headers.get('user-agent') }), {
      headers: { 'content-type': 'application/json', 'cache-control': 'max-age=60' },
    });
  })
  .on('POST', '/items', async ({ request }) => {
    const item = checked(await request.json());
    return Response.json({ created: item, bytes: Number(request.headers.get('content-length')) }, { status: 201 });
  })
  .on('GET', '/page/:name', ({ params, env }) => {
    const rows = ITEMS.slice(0, 12).map(({ name, price }) => `<tr><td>${escape(name)}</td><td>${price}</td></tr>`);
    const html = `<!doctype html><title>${escape(params.name)}</title><table>${rows.join('\n')}</table>`;

    return new Response(html + (env.FOOTER ?? ''), { headers: { 'content-type': 'text/html; charset=utf-8' } });
  });

function escape(text) {
  return text.replace(/[&<>"]/g, (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char]);
}

export default {
  fetch: (request, env) => router.handle(request, env),
};

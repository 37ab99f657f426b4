// Sends each request on to a backend, and its answer back. Neither body is looked at, so the host streams both.
//
//   python3 -m http.server 9000 &
//   edgehost serve sample_functions/http_proxy.js --env BACKEND=http://127.0.0.1:9000
//   curl -i http://localhost:8080/

export default {
  async fetch(request, env) {
    const { pathname, search } = new URL(request.url);

    try {
      const response = await fetch(new URL(pathname + search, env.BACKEND), new Request(request, { redirect: 'manual' }));
      const headers = new Headers(response.headers);

      headers.set('x-proxied-by', 'edgehost');

      return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
    } catch (error) {
      console.error(error);

      return new Response(`the backend cannot be reached: ${error.cause?.code ?? error.message}\n`, { status: 502 });
    }
  },
};

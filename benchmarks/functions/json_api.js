// A small API: reads the URL, its query and three headers, and answers ten fields.
export default {
  async fetch(request) {
    const url = new URL(request.url);
    const query = url.searchParams;
    const headers = request.headers;

    const answer = {
      method: request.method,
      host: url.host,
      path: url.pathname,
      page: Number(query.get('page')),
      sort: query.get('sort'),
      tags: query.getAll('tag'),
      accept: headers.get('accept'),
      language: headers.get('accept-language'),
      agent: headers.get('user-agent'),
      ok: true,
    };

    return new Response(JSON.stringify(answer), { headers: { 'content-type': 'application/json' } });
  },
};

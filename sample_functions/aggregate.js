// Asks several backends at once, and answers with what each said within a second.
//
//   edgehost serve sample_functions/aggregate.js --env BACKENDS="http://127.0.0.1:9001/a http://127.0.0.1:9002/b"
//   curl http://localhost:8080/

const MILLISECONDS = 1000;

async function ask(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(MILLISECONDS) });

  if (!response.ok) throw new Error(`status ${response.status}`);

  return response.json();
}

export default {
  async fetch(request, env) {
    const urls = (env.BACKENDS ?? '').split(' ').filter(Boolean);
    const results = await Promise.allSettled(urls.map(ask));

    return Response.json(results.map(({ status, value, reason }, i) => (
      status === 'fulfilled' ? { url: urls[i], value } : { url: urls[i], error: reason.cause?.code ?? reason.message }
    )));
  },
};

// The request's body through a transform that changes nothing.
export default {
  async fetch(request) {
    if (request.body === null) return new Response('ready');

    const body = request.body.pipeThrough(new TransformStream());

    return new Response(body, { headers: { 'content-type': 'application/octet-stream' } });
  },
};

// The request's whole body as bytes; only their number goes back.
export default {
  async fetch(request) {
    const body = await request.arrayBuffer();
    return new Response(`${body.byteLength}`, { headers: { 'content-type': 'text/plain' } });
  },
};

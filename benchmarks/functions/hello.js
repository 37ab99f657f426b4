// The least a function can do: what remains is the server.
export default {
  async fetch(request) {
    return new Response('hello world', { headers: { 'content-type': 'text/plain' } });
  },
};

// The least that a function does.
export default {
  async fetch() {
    return new Response('It works.\n');
  },
};

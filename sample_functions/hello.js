// The smallest function.
//
//   edgehost serve sample_functions/hello.js
//   curl http://localhost:8080/?name=Ada

export default {
  async fetch(request) {
    const name = new URL(request.url).searchParams.get('name') ?? 'world';

    return new Response(`Hello, ${name}!\n`);
  },
};

// A response that is sent piece by piece, as fast as the client takes it.
//
//   edgehost serve sample_functions/stream.js
//   curl -N http://localhost:8080/?count=5

const encoder = new TextEncoder();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export default {
  async fetch(request) {
    const count = Math.min(Number(new URL(request.url).searchParams.get('count') ?? 5), 1000);
    let next = 1;

    const body = new ReadableStream({
      async pull(controller) {
        if (next > count) return controller.close();

        await pause(100);
        controller.enqueue(encoder.encode(`${next++} of ${count}\n`));
      },
      cancel() {
        console.log('the client left');
      },
    });

    return new Response(body, { headers: { 'content-type': 'text/plain' } });
  },
};

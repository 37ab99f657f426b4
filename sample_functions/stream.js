// A response that is sent piece by piece, as fast as the client takes it.
//
//   edgehost serve sample_functions/stream.js
//   curl -N 'http://localhost:8080/?count=5&ms=200'
//
// Stop curl before its end: the function hears of it.

const encoder = new TextEncoder();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export default {
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    const count = Number(searchParams.get('count') ?? 5);
    const ms = Number(searchParams.get('ms') ?? 100);

    if (!(count >= 0 && ms >= 0)) return new Response('count and ms are numbers\n', { status: 400 });

    let next = 1;

    const body = new ReadableStream({
      async pull(controller) {
        if (next > count) return controller.close();

        await pause(ms);
        controller.enqueue(encoder.encode(`${next++} of ${count}\n`));
      },
      cancel() {
        console.log(`the client left after ${next - 1} of ${count}`);
      },
    });

    return new Response(body, { headers: { 'content-type': 'text/plain;charset=UTF-8' } });
  },
};

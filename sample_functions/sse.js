// Server-sent events: the time, once a second, until the client leaves.
//
//   edgehost serve sample_functions/sse.js
//   curl -N http://localhost:8080/events

const SECOND = 1000;

export default {
  fetch(request) {
    if (new URL(request.url).pathname !== '/events') return new Response('new EventSource("/events")\n');

    const encoder = new TextEncoder();
    let timer;
    let id = Number(request.headers.get('last-event-id') ?? 0);

    const body = new ReadableStream({
      start(controller) {
        const tell = () => {
          id += 1;
          controller.enqueue(encoder.encode(`id: ${id}\ndata: ${new Date().toISOString()}\n\n`));
        };

        tell();
        timer = setInterval(tell, SECOND);
      },
      cancel() {
        clearInterval(timer);
      },
    });

    return new Response(body, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' } });
  },
};

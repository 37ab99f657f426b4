// Bodies in every form: whole, as pieces, through a transform, made while they leave.
const CHUNK = new TextEncoder().encode('0123456789abcdef'.repeat(16));

const routes = {
  '/echo': async (request) => new Response(await request.arrayBuffer()),

  '/text': async (request) => new Response((await request.text()).toUpperCase()),

  '/form': async (request) => {
    const form = new URLSearchParams(await request.text());
    return Response.json(Object.fromEntries(form));
  },

  '/through': (request) => new Response(request.body.pipeThrough(new TransformStream())),

  '/pull': () => {
    let left = 20;
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(CHUNK);
        left -= 1;
        if (left === 0) controller.close();
      },
    });

    return new Response(body);
  },

  '/lines': () => {
    const { readable, writable } = new TransformStream();
    write(writable.getWriter());

    return new Response(readable.pipeThrough(new TextEncoderStream()));
  },

  '/read': async (request) => {
    let size = 0;
    for await (const chunk of request.body) size += chunk.byteLength;

    return new Response(String(size));
  },
};

async function write(writer) {
  for (let line = 1; line <= 10; line += 1) await writer.write(`line ${line}\n`);
  await writer.close();
}

export default {
  fetch: (request) => routes[new URL(request.url).pathname](request),
};

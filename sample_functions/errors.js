// Ways to go wrong, and what edgehost makes of each: see the page and the log. The next request is
// served whatever happened in the one before.
//
//   edgehost serve sample_functions/errors.js --cpu-limit-ms 200 --wall-limit-ms 2000
//   open http://localhost:8080/

const mistakes = {
  throw: {
    what: 'throws: 500',
    run() {
      throw new TypeError('something is wrong here');
    },
  },
  reject: {
    what: 'rejects later: 500',
    async run() {
      await new Promise((resolve) => setTimeout(resolve));

      throw new Error('too late');
    },
  },
  nothing: {
    what: 'returns nothing: 500',
    run() {},
  },
  forever: {
    what: 'computes forever: 503 after the CPU limit',
    run() {
      for (;;);
    },
  },
  never: {
    what: 'never answers: 504 after the wall-clock limit',
    run: () => new Promise(() => {}),
  },
  later: {
    what: 'throws after its response: 200, and the error is in the log',
    run() {
      setTimeout(() => {
        throw new Error('after the response');
      });

      return new Response('the error is in the log\n');
    },
  },
  unhandled: {
    what: 'forgets a promise that rejects: 200, and the rejection is in the log',
    run() {
      Promise.reject(new Error('nobody waits for this'));

      return new Response('the rejection is in the log\n');
    },
  },
  broken: {
    what: 'breaks off in the middle of its response',
    run() {
      return new Response(new ReadableStream({
        async start(controller) {
          controller.enqueue(new TextEncoder().encode('the first half, and then\n'));
          await new Promise((resolve) => setTimeout(resolve, 100));

          throw new Error('out of words');
        },
      }));
    },
  },
};

const items = Object.entries(mistakes).map(([name, { what }]) => `<li><a href="/${name}">${name}</a> ${what}`);

const page = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Errors</title>
<h1>Errors</h1>
<ul>
${items.join('\n')}
</ul>
</html>`;

export default {
  async fetch(request) {
    const name = new URL(request.url).pathname.slice(1);

    if (Object.hasOwn(mistakes, name)) return mistakes[name].run();

    return new Response(page, { status: name === '' ? 200 : 404, headers: { 'content-type': 'text/html' } });
  },
};

// Ways to go wrong, and what edgehost makes of each: see the page and the log.
//
//   edgehost serve sample_functions/errors.js --cpu-limit-ms 200 --wall-limit-ms 2000
//   open http://localhost:8080/

const mistakes = {
  throw() {
    throw new TypeError('something is wrong here');
  },
  async reject() {
    await null;

    throw new Error('too late');
  },
  nothing() {},
  forever() {
    for (;;);
  },
  never() {
    return new Promise(() => {});
  },
  later() {
    setTimeout(() => {
      throw new Error('after the response');
    });

    return new Response('the error is in the log\n');
  },
  unhandled() {
    Promise.reject(new Error('nobody waits for this'));

    return new Response('the rejection is in the log\n');
  },
};

export default {
  async fetch(request) {
    const name = new URL(request.url).pathname.slice(1);

    if (Object.hasOwn(mistakes, name)) return mistakes[name]();

    const links = Object.keys(mistakes).map((key) => `<li><a href="/${key}">${key}</a></li>`);

    return new Response(`<!DOCTYPE html><title>Errors</title><ul>${links.join('')}</ul>`, {
      headers: { 'content-type': 'text/html' },
    });
  },
};

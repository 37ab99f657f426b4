// deno run -A deno.mjs FILE PORT: serves the default export of FILE.
const [file, port] = Deno.args;
globalThis.upgradeWebSocket = Deno.upgradeWebSocket;
const { default: handler } = await import(new URL(`file://${encodeURI(file)}`).href);
const context = { waitUntil() {} };

Deno.serve(
  { hostname: '127.0.0.1', port: Number(port), onListen() {} },
  (request) => handler.fetch(request, {}, context),
);

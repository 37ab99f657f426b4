// What a test expects around it and a server runtime does not have. Own code, no WPT text.
// Nothing here runs before the first request; the runtime's own parts are kept before a test can
// touch them.

const __wptOwn = {};

function __wptPrepare() {
  __wptOwn.Response = Response;
  __wptOwn.stringify = JSON.stringify;
  __wptOwn.later = setTimeout.bind(globalThis);
  __wptOwn.URL = URL;
  __wptDefine("GLOBAL", { isWindow: () => false, isWorker: () => true, isShadowRealm: () => false });
  __wptDefine("location", __wptLocation(new URL(__wptConfig.address)));
  __wptResolveAddresses();
  __wptServeDataFiles();
  for (const name of __wptConfig.undeclared) {
    if (!(name in globalThis)) globalThis[name] = undefined;
  }
  // idlharness.js asks which kind of global it is in and knows no server runtime.
  if (__wptConfig.isIdl) {
    const scope = class DedicatedWorkerGlobalScope {};
    Object.defineProperty(scope, Symbol.hasInstance, { value: (value) => value === globalThis });
    __wptDefine("DedicatedWorkerGlobalScope", scope);
  }
}

function __wptDefine(name, value) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}

// A top-level function of a classic script is a property of the global.
function __wptExport(name, read) {
  if (name in globalThis) return;
  try {
    globalThis[name] = read();
  } catch {
    // it is inside another one
  }
}

function __wptLocation({ href, protocol, host, hostname, port, pathname, search, hash, origin }) {
  return {
    href, protocol, host, hostname, port, pathname, search, hash, origin,
    toString: () => href,
  };
}

// Relative addresses are relative to the test.
function __wptResolveAddresses() {
  const resolve = (address) => {
    if (Object(address) === address || typeof address === "symbol") return address;
    const text = String(address);
    if (/^[\s\0-\x20]*[a-z][a-z0-9+.-]*:/i.test(text)) return text;
    return __wptOwn.URL.parse(text, __wptConfig.address)?.href ?? text;
  };
  const resolved = (args) => (args.length ? [resolve(args[0]), ...args.slice(1)] : args);
  const wrap = (name, handler) => {
    const original = globalThis[name];
    if (typeof original !== "function") return;
    const wrapped = new Proxy(original, handler);
    __wptDefine(name, wrapped);
    if (original.prototype) original.prototype.constructor = wrapped;
  };
  wrap("Request", {
    construct: (target, args, newTarget) => Reflect.construct(target, resolved(args), newTarget),
  });
  wrap("fetch", { apply: (target, self, args) => Reflect.apply(target, self, resolved(args)) });
}

// Tests that are not about the network get their data without it.
function __wptServeDataFiles() {
  const original = globalThis.fetch;
  if (Object.keys(__wptDataFiles).length === 0) return;
  globalThis.fetch = function fetch(...args) {
    const address = __wptOwn.URL.parse(args[0], __wptConfig.address)?.href;
    if (!Object.hasOwn(__wptDataFiles, address)) return Reflect.apply(original, this, args);
    const text = __wptDataFiles[address];
    return Promise.resolve({
      ok: true,
      status: 200,
      text: async () => text,
      json: async () => JSON.parse(text),
      arrayBuffer: async () => new TextEncoder().encode(text).buffer,
    });
  };
}

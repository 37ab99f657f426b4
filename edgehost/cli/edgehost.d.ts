// Types of an edge function, made by `edgehost types`; written anew by it.
//
// What the web platform has comes from TypeScript itself: "lib": ["ESNext", "WebWorker"] (or "DOM") in tsconfig.json.

/**
 * The variables of the function. A project may add its own:
 * `interface Env { KEY: string }`, in a module within `declare global { ... }`.
 */
interface Env {
  readonly [name: string]: string | undefined;
}

/** What a handler gets beside the request: it keeps the invocation alive after the response. */
interface ExecutionContext {
  waitUntil(promise: Promise<unknown>): void;
}

/** The handler: `export const fetch: FetchHandler = (request) => ...`. */
type FetchHandler<Variables = Env> = (
  request: Request,
  env: Variables,
  ctx: ExecutionContext,
) => Response | Promise<Response>;

/** The function: `export default { fetch(request) { ... } } satisfies EdgeFunction;`. */
interface EdgeFunction<Variables = Env> {
  fetch: FetchHandler<Variables>;
}

interface UpgradeWebSocketOptions {
  /** One of those that the client offers. */
  protocol?: string;
  /** Seconds of silence after which the client is asked whether it is there; 0: never. */
  idleTimeout?: number;
}

interface WebSocketUpgrade {
  /** The handler returns it; then the socket opens. */
  response: Response;
  socket: WebSocket;
}

/** Makes a WebSocket of a request. Throws a TypeError where it is no opening handshake. */
declare function upgradeWebSocket(request: Request, options?: UpgradeWebSocketOptions): WebSocketUpgrade;

declare namespace Deno {
  function upgradeWebSocket(request: Request, options?: UpgradeWebSocketOptions): WebSocketUpgrade;
}

/** The event of `addEventListener('fetch', ...)`. */
interface EdgeFetchEvent extends Event {
  readonly request: Request;
  respondWith(response: Response | Promise<Response>): void;
  waitUntil(promise: Promise<unknown>): void;
}

interface DedicatedWorkerGlobalScopeEventMap {
  fetch: EdgeFetchEvent;
}

interface WindowEventMap {
  fetch: EdgeFetchEvent;
}

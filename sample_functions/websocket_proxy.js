// Pipes each socket to one at a backend, both ways, with subprotocol, codes and reasons.
//
//   edgehost serve sample_functions/websocket_pong.js --port 9000 &
//   edgehost serve sample_functions/websocket_proxy.js --env BACKEND=ws://127.0.0.1:9000/
//   edgehost connect ws://127.0.0.1:8080/

/** What a close event says, as close() takes it. */
function closeWith(socket, { code, reason }) {
  if (code === 1005) socket.close();
  else socket.close(code === 1000 || code >= 3000 ? code : 4000, reason);
}

export default {
  async fetch(request, env) {
    if (request.headers.get('upgrade') !== 'websocket') return new Response('connect with a WebSocket\n');

    const offered = request.headers.get('sec-websocket-protocol')?.split(/, */) ?? [];
    const backend = new WebSocket(env.BACKEND, offered);

    backend.binaryType = 'arraybuffer';

    const isOpen = await new Promise((resolve) => {
      backend.addEventListener('open', () => resolve(true));
      backend.addEventListener('close', () => resolve(false));
    });

    if (!isOpen) return new Response('the backend takes no sockets\n', { status: 502 });

    const { response, socket } = upgradeWebSocket(request, { protocol: backend.protocol || undefined });
    const early = []; // what comes before the client's end is open

    backend.addEventListener('message', ({ data }) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(data);
      else early.push(data);
    });
    backend.addEventListener('close', (event) => closeWith(socket, event));
    socket.addEventListener('open', () => early.forEach((data) => socket.send(data)));
    socket.addEventListener('message', ({ data }) => backend.send(data));
    socket.addEventListener('close', (event) => closeWith(backend, event));

    return response;
  },
};

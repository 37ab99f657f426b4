// websocket_echo.js in the words of workerd and miniflare, which have no upgradeWebSocket.
export default {
  async fetch(request) {
    if (request.headers.get('upgrade') !== 'websocket') return new Response('ready');

    const [theirs, ours] = Object.values(new WebSocketPair());
    ours.accept();
    ours.binaryType = 'arraybuffer';
    ours.addEventListener('message', (event) => ours.send(event.data));
    ours.addEventListener('close', () => ours.close());

    return new Response(null, { status: 101, webSocket: theirs });
  },
};

// Every message sent back as it came. A plain request gets a page, so that it can be waited for.
export default {
  async fetch(request) {
    if (request.headers.get('upgrade') !== 'websocket') return new Response('ready');

    const { socket, response } = upgradeWebSocket(request);
    socket.binaryType = 'arraybuffer';
    socket.onmessage = (event) => socket.send(event.data);

    return response;
  },
};

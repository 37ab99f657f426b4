import crossws from 'crossws/adapters/deno';

const ws = crossws({
  hooks: {
    open(peer) {
      peer.send('welcome');
    },
    message(peer, message) {
      peer.send(message.text() === 'ping' ? 'pong' : message.text());
    },
  },
});

export default {
  fetch(request) {
    return request.headers.get('upgrade') === 'websocket' ? ws.handleUpgrade(request, {}) : new Response('no socket');
  },
};

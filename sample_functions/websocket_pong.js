// Answers every WebSocket message with "pong"; its page sends them and shows what comes back.
//
//   edgehost serve sample_functions/websocket_pong.js
//   open http://localhost:8080/, or https://localhost:8080/ after `edgehost cert trust`

const page = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>WebSocket pong</title>
<h1>WebSocket pong</h1>
<form><input name="message" value="ping" aria-label="Message"> <button>Send</button></form>
<ol id="log"></ol>
<script>
  const log = (line) => {
    console.log(line);
    document.querySelector('#log').append(Object.assign(document.createElement('li'), { textContent: line }));
  };
  const socket = new WebSocket(location.origin.replace(/^http/, 'ws'));

  socket.onopen = () => log('connected');
  socket.onmessage = (event) => log('received ' + event.data);
  socket.onclose = (event) => log('closed with ' + event.code);
  socket.onerror = () => log('failed: see the log of edgehost, and its command cert trust');

  document.querySelector('form').onsubmit = (event) => {
    const { message } = event.target.elements;

    event.preventDefault();
    log('sent ' + message.value);
    socket.send(message.value);
  };
</script>
</html>`;

export default {
  async fetch(request) {
    if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
      return new Response(page, { headers: { 'content-type': 'text/html' } });
    }

    const { response, socket } = upgradeWebSocket(request);

    socket.addEventListener('open', () => console.log('open'));
    socket.addEventListener('message', (event) => {
      console.log('message:', event.data);
      socket.send('pong');
    });
    socket.addEventListener('close', (event) => console.log('closed with', event.code));

    return response;
  },
};

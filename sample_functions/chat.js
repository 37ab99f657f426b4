// A chat room: everyone hears everyone. ?name=Ada gives the name.
//
//   edgehost serve sample_functions/chat.js
//   open http://localhost:8080/?name=Ada in one tab and http://localhost:8080/?name=Bob in another

const members = new Map(); // socket to name
let guests = 0;

const page = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Chat</title>
<h1>Chat</h1>
<ol id="log"></ol>
<form><input name="text" autocomplete="off" aria-label="Text"> <button>Say</button></form>
<script>
  const socket = new WebSocket(location.origin.replace(/^http/, 'ws') + '/' + location.search);
  const log = (line) => {
    document.querySelector('#log').append(Object.assign(document.createElement('li'), { textContent: line }));
  };

  socket.onmessage = (event) => {
    const { from, text } = JSON.parse(event.data);

    log(from + ': ' + text);
  };
  socket.onclose = () => log('the connection is closed');
  document.querySelector('form').onsubmit = (event) => {
    event.preventDefault();
    socket.send(event.target.elements.text.value);
    event.target.reset();
  };
</script>
</html>`;

function say(from, text) {
  const message = JSON.stringify({ from, text });

  for (const member of members.keys()) {
    if (member.readyState === WebSocket.OPEN) member.send(message);
  }
}

export default {
  async fetch(request) {
    if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
      return new Response(page, { headers: { 'content-type': 'text/html' } });
    }

    const name = new URL(request.url).searchParams.get('name') || `guest ${++guests}`;
    const { response, socket } = upgradeWebSocket(request);

    socket.addEventListener('open', () => {
      members.set(socket, name);
      say('room', `${name} came, ${members.size} here`);
    });
    socket.addEventListener('message', (event) => say(name, String(event.data)));
    socket.addEventListener('close', () => {
      members.delete(socket);
      say('room', `${name} left, ${members.size} here`);
    });

    return response;
  },
};

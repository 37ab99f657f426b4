// A chat room: everyone hears everyone. ?name=Ada gives the name.
//
//   edgehost serve sample_functions/chat.js
//   open http://localhost:8080/?name=Ada in two tabs

const members = new Map();

const page = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Chat</title>
<h1>Chat</h1>
<ol id="log"></ol>
<form><input name="text" autocomplete="off" aria-label="Text"> <button>Say</button></form>
<script>
  const socket = new WebSocket(location.origin.replace(/^http/, 'ws') + '/' + location.search);

  socket.onmessage = (event) => {
    const { from, text } = JSON.parse(event.data);

    document.querySelector('#log').append(Object.assign(document.createElement('li'), { textContent: from + ': ' + text }));
  };
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

    const name = new URL(request.url).searchParams.get('name') || `guest ${members.size + 1}`;
    const { response, socket } = upgradeWebSocket(request);

    socket.onopen = () => {
      members.set(socket, name);
      say('room', `${name} came, ${members.size} here`);
    };
    socket.onmessage = (event) => say(name, event.data);
    socket.onclose = () => {
      members.delete(socket);
      say('room', `${name} left`);
    };

    return response;
  },
};

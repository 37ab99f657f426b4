// Messages echoed, and answered by what they say.
const rooms = new Map();

function answer(socket, message) {
  const { type, room = 'lobby', ...rest } = JSON.parse(message);
  const members = rooms.get(room) ?? new Set();
  rooms.set(room, members.add(socket));
  for (const member of members) member.send(JSON.stringify({ type, room, members: members.size, ...rest }));
}

export default {
  async fetch(request) {
    const { socket, response } = upgradeWebSocket(request);
    socket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string' && data.startsWith('{')) answer(socket, data);
      else socket.send(data);
    });
    socket.addEventListener('close', () => rooms.forEach((members) => members.delete(socket)));

    return response;
  },
};

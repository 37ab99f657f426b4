// The Autobahn suite's client: takes each case from the server that its argument names, and echoes what comes.
const [base] = scriptArgs;
const agent = 'edgehost';

function play(path, onMessage) {
  return new Promise((resolve) => {
    const socket = new WebSocket(base + path);

    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }) => onMessage(data, socket);
    socket.onclose = resolve;
  });
}

let count = 0;

await play('/getCaseCount', (data) => {
  count = Number(data);
});

for (let i = 1; i <= count; i++) {
  await play(`/runCase?case=${i}&agent=${agent}`, (data, socket) => socket.send(data));
}

await play(`/updateReports?agent=${agent}`, () => {});

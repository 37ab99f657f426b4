"""Many turns that are due at once: other clients, and signals, are not kept waiting for all of them."""

from __future__ import annotations

import pytest
from command import Command
from raw_websocket import BINARY, CLOSE, PING, PONG, TEXT, Peer, frame, handshake

TURNS = 12
FUNCTION = """
let turns = 0;

function turn() {
  const end = performance.now() + 30;

  while (performance.now() < end);

  turns++;
}

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);

    switch (pathname) {
      case '/turns': return Response.json(turns);

      case '/timers':
        for (let i = 0; i < 12; i++) setTimeout(turn);

        break;

      case '/tasks':
        for (let i = 0; i < 12; i++) {
          const { port1, port2 } = new MessageChannel();

          port2.onmessage = turn;
          port1.postMessage(i);
        }

        break;

      case '/aborted':
        request.signal.onabort = turn;

        return new Promise(() => {});

      case '/socket': {
        const { response, socket } = upgradeWebSocket(request);

        socket.onmessage = ({ data }) => { turn(); socket.send(data); };

        return response;
      }

      case '/turn': turn();
    }

    return new Response('done');
  },
};
"""


async def pipelined(server) -> None:
    client = await server.raw()
    for _ in range(TURNS):
        client.get("/turn")


async def timers(server) -> None:
    (await server.raw()).get("/timers")


async def tasks(server) -> None:
    (await server.raw()).get("/tasks")


async def messages(server) -> None:
    client = await server.raw()
    client.send(handshake("/socket"))
    await client.head()
    client.send(b"".join(frame(TEXT, b"%d" % number) for number in range(TURNS)))


async def clients_that_leave(server) -> None:
    clients = [await server.raw() for _ in range(TURNS)]
    for client in clients:
        client.get("/aborted")
    await server.until(lambda: len(server.deployment.worker.http.open_ids()) == TURNS)
    for client in clients:
        client.abort()


KINDS = [pipelined, timers, tasks, messages, clients_that_leave]


@pytest.mark.parametrize(
    "kinds",
    [*([kind] for kind in KINDS), KINDS],
    ids=lambda kinds: "-".join(k.__name__ for k in kinds),
)
async def test_another_client_is_served_between_them(serve, kinds):
    server = await serve(FUNCTION)
    for kind in kinds:
        await kind(server)
    seen = 0
    while not seen:
        seen = int(await server.text("/turns"))
    assert seen < TURNS * len(kinds) / 2
    while seen < TURNS * len(kinds):
        seen = int(await server.text("/turns"))


async def test_pipelined_answers_keep_their_order(serve):
    server = await serve(FUNCTION)
    client = await server.raw()
    for number in range(6):
        client.get("/turns" if number % 2 else "/turn")
    assert [(await client.answer()).text for _ in range(6)] == [
        "done",
        "1",
        "done",
        "2",
        "done",
        "3",
    ]


async def test_frames_keep_their_order(serve):
    server = await serve(FUNCTION)
    client = await server.raw()
    client.send(handshake("/socket"))
    await client.head()
    sent = [
        (TEXT, b"a"),
        (PING, b"b"),
        (BINARY, b"c"),
        (TEXT, b"d"),
        (PING, b"e"),
        (CLOSE, b"\x03\xe8"),
    ]
    client.send(b"".join(frame(*each) for each in sent))
    received = [await Peer(client).frame() for _ in sent]
    assert [(each.opcode, each.payload) for each in received] == [
        (PONG if opcode == PING else opcode, data) for opcode, data in sent
    ]


async def test_a_client_that_has_sent_its_last_request_is_answered(serve):
    server = await serve(FUNCTION)
    client = await server.raw()
    for _ in range(4):
        client.get("/turn")
    client.writer.write_eof()
    assert (await client.rest()).count(b"done") == 4


async def test_requests_that_have_arrived_are_answered_when_the_server_stops(serve):
    server = await serve(FUNCTION)
    client = await server.raw()
    for _ in range(6):
        client.get("/turn")
    await server.until(lambda: any(c.is_behind for c in server.host.connections))
    await server.stop()
    assert (await client.rest()).count(b"done") == 6


def test_a_signal_ends_the_server_between_them(command: Command) -> None:
    source = "setInterval(() => { const end = Date.now() + 50; while (Date.now() < end); console.log('turn'); });"
    command.write(
        "fn.js",
        f"for (let i = 0; i < 200; i++) {source}\nexport default {{ fetch: () => new Response() }};",
    )
    with command.serve("fn.js") as server:
        server.stdout.readline()
        code, stdout, _ = server.stop()
    assert code == 0
    assert stdout.count("turn") < 100

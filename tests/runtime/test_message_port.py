"""MessageChannel and MessagePort: https://html.spec.whatwg.org/multipage/web-messaging.html#message-ports"""

from __future__ import annotations

import pytest
from tasked import TaskedRealm

CHANNEL = "const { port1, port2 } = new MessageChannel();"


def test_a_message_comes_as_a_copy_and_in_order(tasked: TaskedRealm) -> None:
    source = """
    const sent = { list: [1] };

    port2.onmessage = ({ data }) => note(data);
    port1.postMessage(sent);
    port1.postMessage('next');
    sent.list.push(2);
    """
    assert tasked.run(CHANNEL + source) == [{"list": [1]}, "next"]


def test_each_message_has_a_turn_of_its_own(tasked: TaskedRealm) -> None:
    source = """
    port2.onmessage = ({ data }) => {
      note(data);
      Promise.resolve().then(() => note(`jobs of ${data}`));
    };
    port1.postMessage('one');
    port1.postMessage('two');
    Promise.resolve().then(() => note('jobs of the sender'));
    """
    assert tasked.run(CHANNEL + source) == [
        "jobs of the sender",
        "one",
        "jobs of one",
        "two",
        "jobs of two",
    ]


def test_messages_wait_until_the_port_is_started(tasked: TaskedRealm) -> None:
    tasked.eval(
        "globalThis.channel = new MessageChannel(); channel.port1.postMessage('early');"
        "channel.port2.addEventListener('message', ({ data }) => note(data)), 0"
    )
    assert tasked.after_tasks() == []
    tasked.eval("channel.port2.start(), 0")
    assert tasked.after_tasks() == ["early"]


def test_a_message_that_cannot_be_cloned_throws_at_once(tasked: TaskedRealm) -> None:
    source = """
    port2.onmessage = () => note('came');
    try {
      port1.postMessage(() => {});
    } catch (error) {
      note(error.name);
    }
    """
    assert tasked.run(CHANNEL + source) == ["DataCloneError"]


def test_a_port_that_is_closed_by_what_it_sends_has_sent_it(tasked: TaskedRealm) -> None:
    source = """
    port2.onmessage = ({ data }) => note(data);
    port1.postMessage({ get last() { port1.close(); return true; } });
    """
    assert tasked.run(CHANNEL + source) == [{"last": True}]


def test_an_error_of_a_listener_is_reported_and_the_next_message_comes(tasked: TaskedRealm) -> None:
    source = """
    port2.onmessage = ({ data }) => {
      note(data);
      throw new Error('broken');
    };
    port1.postMessage(1);
    port1.postMessage(2);
    """
    assert tasked.run(CHANNEL + source) == [1, 2]
    assert [report[2] for report in tasked.uncaught] == ["broken", "broken"]


# Transfer


def test_a_port_keeps_its_messages_through_transfers(tasked: TaskedRealm) -> None:
    source = """
    const way = new MessageChannel();

    port1.postMessage('before');
    way.port1.postMessage(null, [port2]);
    port1.postMessage('on the way');
    way.port2.onmessage = ({ ports: [port] }) => {
      port.onmessage = ({ data }) => note(data);
      port1.postMessage('after');
    };
    """
    assert tasked.run(CHANNEL + source) == ["before", "on the way", "after"]


def test_a_started_port_stops_when_it_is_transferred(tasked: TaskedRealm) -> None:
    source = """
    port2.onmessage = () => note('the old port');
    port1.postMessage('kept');
    const moved = structuredClone(port2, { transfer: [port2] });
    await new Promise((resolve) => {
      const wait = new MessageChannel();
      wait.port2.onmessage = resolve;
      wait.port1.postMessage(null);
    });
    note('later');
    moved.onmessage = ({ data }) => note(data);
    """
    assert tasked.run(CHANNEL + source) == ["later", "kept"]


@pytest.mark.parametrize(
    ("how", "again"),
    [
        ("port2.close()", "structuredClone(port2, { transfer: [port2] })"),
        ("structuredClone(port2, { transfer: [port2] })", "port1.postMessage(null, [port2])"),
        ("0", "port1.postMessage(null, [port1])"),
        ("0", "port1.postMessage({ port2 })"),
        ("0", "port1.postMessage(null, [port2, port2])"),
    ],
)
def test_what_cannot_be_transferred(tasked: TaskedRealm, how: str, again: str) -> None:
    source = f"{how}; try {{ {again}; note('went') }} catch (error) {{ note(error.name) }}"
    assert tasked.run(CHANNEL + source) == ["DataCloneError"]


def test_a_port_that_is_sent_to_itself_is_lost(tasked: TaskedRealm) -> None:
    source = """
    port2.onmessage = () => note('came');
    port1.postMessage('lost', [port2]);
    port1.postMessage('too');
    """
    assert tasked.run(CHANNEL + source) == []


def test_the_event_has_the_ports_alone(tasked: TaskedRealm) -> None:
    source = """
    const { port1: sent } = new MessageChannel();
    const buffer = new ArrayBuffer(4);

    port2.onmessage = ({ data, ports }) => note(
      ports.length, ports[0] === data.sent, Object.isFrozen(ports), data.buffer.byteLength, buffer.byteLength,
    );
    port1.postMessage({ sent, buffer }, { transfer: [buffer, sent] });
    """
    assert tasked.run(CHANNEL + source) == [1, True, True, 4, 0]


# Closing


def test_the_other_end_hears_of_a_close_after_the_messages(tasked: TaskedRealm) -> None:
    source = """
    port2.onclose = () => note('closed');
    port2.onmessage = ({ data }) => note(data);
    port1.onclose = () => note('never');
    port1.postMessage('last');
    port1.close();
    port1.postMessage('too late');
    port2.postMessage('nobody');
    """
    assert tasked.run(CHANNEL + source) == ["last", "closed"]


def test_closing_twice_is_harmless(tasked: TaskedRealm) -> None:
    source = "port2.onclose = () => note('closed'); port1.close(); port1.close(); port2.close();"
    assert tasked.run(CHANNEL + source) == ["closed"]


# What keeps a script running


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", 0),
        ("port1.postMessage(1);", 0),
        ("port1.start();", 0),
        ("port1.addEventListener('message', () => {});", 0),
        ("port1.onmessage = () => {};", 1),
        ("port1.onmessage = () => {}; port2.onmessage = () => {};", 2),
        ("port1.onmessage = () => {}; port1.onmessage = null;", 0),
        ("port1.onmessage = () => {}; port1.close();", 0),
        ("port1.onmessage = () => {}; port2.close();", 0),
        ("port1.onmessage = () => {}; structuredClone(port1, { transfer: [port1] });", 0),
        ("port1.onmessage = () => {}; structuredClone(port2, { transfer: [port2] });", 1),
    ],
)
def test_a_started_port_with_a_listener_expects_messages(
    tasked: TaskedRealm, source: str, expected: int
) -> None:
    tasked.run(CHANNEL + source)
    assert tasked.queue.expected == expected


def test_a_patched_prototype_does_not_see_the_messages(tasked: TaskedRealm) -> None:
    source = """
    port2.onmessage = ({ data }) => note(data);
    for (const prototype of [Object.prototype, Array.prototype]) {
      for (const key of ['receiver', 'content', 'next', 'steps', '0']) {
        Object.defineProperty(prototype, key, { set() { note(`saw ${key}`); }, configurable: true });
      }
    }
    port1.postMessage('private');
    for (const prototype of [Object.prototype, Array.prototype]) {
      for (const key of ['receiver', 'content', 'next', 'steps', '0']) delete prototype[key];
    }
    """
    assert tasked.run(CHANNEL + source) == ["private"]


def test_an_event_of_a_script_may_have_ports(tasked: TaskedRealm) -> None:
    source = """
    const event = new MessageEvent('message', { ports: [port1], source: port2 });

    note(event.ports[0] === port1, event.source === port2);
    try {
      new MessageEvent('message', { ports: [{}] });
    } catch (error) {
      note(error.name);
    }
    """
    assert tasked.run(CHANNEL + source) == [True, True, "TypeError"]

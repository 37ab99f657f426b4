"""BroadcastChannel in one isolate: https://html.spec.whatwg.org/multipage/web-messaging.html"""

from __future__ import annotations

import pytest
from tasked import TaskedRealm

CHANNELS = "const [a, b, c] = ['news', 'news', 'other'].map((name) => new BroadcastChannel(name));"


def test_a_message_reaches_the_others_of_its_name(tasked: TaskedRealm) -> None:
    source = """
    for (const channel of [a, b, c]) channel.onmessage = ({ data, target }) => note(target === b, data);
    a.postMessage('hello');
    """
    assert tasked.run(CHANNELS + source) == [True, "hello"]


def test_every_receiver_has_its_own_copy(tasked: TaskedRealm) -> None:
    source = """
    const more = new BroadcastChannel('news');

    for (const channel of [b, more]) channel.onmessage = ({ data }) => note(data.push(2));
    a.postMessage([1]);
    """
    assert tasked.run(CHANNELS + source) == [2, 2]


def test_a_listener_that_is_added_after_the_post_still_hears(tasked: TaskedRealm) -> None:
    source = "a.postMessage('early'); b.onmessage = ({ data }) => note(data);"
    assert tasked.run(CHANNELS + source) == ["early"]


def test_a_closed_channel_neither_sends_nor_receives(tasked: TaskedRealm) -> None:
    source = """
    b.onmessage = () => note('came');
    a.postMessage('on the way');
    b.close();
    try {
      b.postMessage('late');
    } catch (error) {
      note(error.name);
    }
    """
    assert tasked.run(CHANNELS + source) == ["InvalidStateError"]


def test_a_channel_that_listens_is_kept_and_another_is_not(tasked: TaskedRealm) -> None:
    tasked.eval(
        "(() => { new BroadcastChannel('x').onmessage = ({ data }) => note(data); })();"
        "globalThis.gone = new WeakRef(new BroadcastChannel('x')), 0"
    )
    tasked.after_tasks()
    assert tasked.eval("gone.deref() === undefined")
    tasked.eval("new BroadcastChannel('x').postMessage('to the one that listens'), 0")
    assert tasked.after_tasks() == ["to the one that listens"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", 0),
        ("a.onmessage = () => {}; a.addEventListener('message', () => {});", 1),
        ("a.onmessage = () => {}; a.onmessage = null;", 0),
        ("a.onmessage = () => {}; a.close();", 0),
        ("a.close(); a.onmessage = () => {};", 0),
    ],
)
def test_an_open_channel_with_a_listener_expects_messages(
    tasked: TaskedRealm, source: str, expected: int
) -> None:
    tasked.run(CHANNELS + source)
    assert tasked.queue.expected == expected

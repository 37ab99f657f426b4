"""Which request an invocation began with, as the log says it: a method and a URL."""

from __future__ import annotations

from collections import deque

LATE = 256  # requests: an error comes in the turn of the answer, or soon after it

Name = tuple[str, str]  # method and URL


class RequestNames:
    """Of one isolate: the requests of late, and those that go on after their answer."""

    def __init__(self) -> None:
        self._late: deque[tuple[int, str, str]] = deque(maxlen=LATE)
        self._kept: dict[int, tuple[Name, int]] = {}  # and how many things keep it
        self.note = self._late.append  # takes an id, a method and a URL, as one

    def find(self, invocation: int) -> Name | None:
        if invocation in self._kept:
            return self._kept[invocation][0]
        for request, method, url in reversed(self._late):
            if request == invocation:
                return method, url
        return None

    def keep(self, invocation: int) -> None:
        """It goes on: with a socket, or with waitUntil. As many `let_go` must follow."""
        name = self.find(invocation)
        if name is not None:
            count = self._kept[invocation][1] if invocation in self._kept else 0
            self._kept[invocation] = name, count + 1

    def let_go(self, invocation: int) -> None:
        if invocation not in self._kept:
            return
        name, count = self._kept.pop(invocation)
        if count > 1:
            self._kept[invocation] = name, count - 1
        else:
            self.note((invocation, *name))  # its last error may still come

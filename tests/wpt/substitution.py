"""The `{{...}}` templates of files whose name holds `.sub.`.

https://web-platform-tests.org/writing-tests/server-pipes.html#sub
"""

from __future__ import annotations

import re
import uuid

HOST, ALTERNATE = "web-platform.test", "not-web-platform.test"
PORTS = {"http": (18000, 18001), "https": (18443, 18444), "ws": (18080,), "wss": (18081,)}
ORIGIN = f"http://{HOST}:{PORTS['http'][0]}"

_LOOKUP = re.compile(r"(\w+)\[([^\]]*)\](?:\[([^\]]*)\])?")


def substitute(text: str, path: str) -> str:
    """The text as WPT's server would send it. path: of the file, from the root."""
    return re.sub(
        r"\{\{([^{}]+)\}\}", lambda match: _value(match[1].strip(), path) or match[0], text
    )


def _value(expression: str, path: str) -> str | None:
    if expression == "host":
        return HOST
    if expression == "uuid()":
        return str(uuid.uuid4())
    lookup = _LOOKUP.fullmatch(expression)
    if lookup is None:
        return None
    name, first, second = lookup.groups()
    if name == "ports":
        ports = PORTS.get(first, ())
        return str(ports[int(second)] if int(second) < len(ports) else 0)
    if name == "domains":
        return _domain(HOST, first)
    if name == "hosts":
        return _domain(ALTERNATE if first == "alt" else HOST, second or "")
    if name == "location":
        return _location(path).get(first, "")
    return None


def _domain(host: str, subdomain: str) -> str:
    encoded = subdomain.encode("idna").decode()
    return f"{encoded}.{host}" if encoded else host


def _location(path: str) -> dict[str, str]:
    port = str(PORTS["http"][0])
    return {
        "server": ORIGIN,
        "scheme": "http",
        "host": f"{HOST}:{port}",
        "hostname": HOST,
        "port": port,
        "path": path,
    }

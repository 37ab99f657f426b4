"""Which handlers a function may have, and what is said of one that nothing here would call."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from edgehost.bindings.console import Console
from edgehost.config import FunctionConfig
from edgehost.deployment import Deployment
from edgehost.errors import FunctionLoadError
from edgehost.server.memory import MemoryExchange, Request

OK = "() => new Response('ok')"
FETCH = f"fetch: {OK}"
LISTENER = "addEventListener('fetch', (event) => event.respondWith(new Response('ok')));"


async def answer(path: Path) -> str:
    """What the function answers. Raises as loading does."""
    log = io.StringIO()
    deployment = Deployment(FunctionConfig(path), Console("fn", stdout=log, stderr=log))
    await deployment.start()
    try:
        exchange = MemoryExchange(Request("GET", "http://localhost/"))
        assert deployment.worker is not None
        deployment.worker.begin(exchange)
        await exchange.answered()
        return exchange.response.body.decode()
    finally:
        await deployment.close(0)


@pytest.mark.parametrize(
    ("source", "form"),
    [
        (f"export default {{ {FETCH}, firewall() {{}} }}", "its default export has a method"),
        (f"export default {{ {FETCH}, async firewall() {{}} }}", "its default export has a method"),
        ("export default { firewall() {} }", "its default export has a method"),
        (
            "class Edge { fetch() {} firewall() {} } export default new Edge()",
            "its default export has a method",
        ),
        (
            f"const edge = {{ firewall() {{}} }}; export default {{ __proto__: edge, {FETCH} }}",
            "its default export has a method",
        ),
        (f"module.exports = {{ {FETCH}, firewall() {{}} }}", "its default export has a method"),
        (f"export default {{ {FETCH} }}; export function firewall() {{}}", "it exports a function"),
        (f"export const fetch = {OK}; export const firewall = () => {{}}", "it exports a function"),
        ("const f = () => {}; export { f as firewall }", "it exports a function"),
        (f"{LISTENER} addEventListener('firewall', () => {{}})", "it listens for the event"),
        ("addEventListener('firewall', { handleEvent() {} })", "it listens for the event"),
        (
            f"{LISTENER} await null; self.addEventListener('firewall', () => {{}})",
            "it listens for the event",
        ),
        (
            f"export default {{ {FETCH} }}; addEventListener('firewall', () => {{}})",
            "it listens for the event",
        ),
    ],
)
async def test_a_firewall_handler_is_refused_by_name(
    tmp_path: Path, source: str, form: str
) -> None:
    path = tmp_path / "fn.js"
    path.write_text(source)
    with pytest.raises(FunctionLoadError) as caught:
        await answer(path)
    assert f"the function has a firewall handler ({form} 'firewall'" in caught.value.message
    assert "which edgehost does not run yet" in caught.value.message


@pytest.mark.parametrize(
    "source",
    [
        f"export default {{ {FETCH}, firewall: undefined }}",
        f"export default {{ {FETCH}, firewall: ['a rule'] }}",
        f"export default {{ {FETCH} }}; export const firewall = {{ rules: [] }}",
        f"const firewall = () => {{}}; export default {{ {FETCH} }}",
        f"{LISTENER} const f = () => {{}}; addEventListener('firewall', f); removeEventListener('firewall', f)",
        # A router that takes every name as a method of HTTP.
        f"const any = {{ get: (_, name) => name === 'fetch' ? {OK} : () => {{}} }};"
        "export default new Proxy({}, any)",
        f"export default {{ __proto__: new Proxy({{}}, {{ get: () => () => {{}} }}), {FETCH} }}",
    ],
)
async def test_what_is_no_firewall_handler_is_no_matter(tmp_path: Path, source: str) -> None:
    path = tmp_path / "fn.js"
    path.write_text(source)
    assert await answer(path) == "ok"

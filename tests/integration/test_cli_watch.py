"""`edgehost serve --watch`: files change under a server that goes on."""

from __future__ import annotations

import http.client
import json
import os
import urllib.error
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from command import Command, Serving
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

SOCKET = """
export default {
  fetch(request) {
    const { response, socket } = upgradeWebSocket(request);
    socket.onmessage = ({ data }) => socket.send(`VERSION ${data}`);
    return response;
  },
};
"""


def saying(text: str) -> str:
    return f"export default {{ fetch: () => new Response('{text}') }};"


@pytest.fixture
def folder(command: Command) -> Path:
    """The function's: a project of its own."""
    (command.folder / "package.json").write_text("{}")
    return command.folder


@pytest.fixture
def serve(command: Command) -> Callable[..., Serving]:
    return lambda *options: command.serve("fn.js", "--watch", "--no-tls", *options)


def reloaded(server: Serving) -> str:
    """The next line that says so."""
    while "reloaded" not in (line := server.stdout.readline()):
        assert line, server.stderr.read()
    return line


def refused(server: Serving) -> str:
    """What stderr says of a version that does not load."""
    lines = []
    while "not reloaded" not in (line := server.stderr.readline()):
        assert line, lines
        lines.append(line)
    return "".join(lines)


def test_a_saved_file_is_served(folder: Path, serve: Callable[..., Serving]) -> None:
    fn = folder / "fn.js"
    fn.write_text(saying("one"))
    with serve() as server:
        assert server.get() == "one"
        fn.write_text(saying("two"))
        assert "fn.js changed" in reloaded(server)
        assert server.get() == "two"


def write_in_place(path: Path, text: str) -> None:
    path.write_text(text)


def write_by_rename(path: Path, text: str) -> None:
    other = path.with_name(".#other")
    other.write_text(text)
    other.replace(path)


def write_after_removal(path: Path, text: str) -> None:
    path.unlink()
    path.write_text(text)


def write_with_backup(path: Path, text: str) -> None:
    path.rename(path.with_name(path.name + "~"))
    path.write_text(text)


def write_a_new_folder(path: Path, text: str) -> None:
    path.parent.rename(path.parent.with_name("old"))
    path.parent.mkdir()
    path.write_text(text)


@pytest.mark.parametrize(
    "write",
    [write_in_place, write_by_rename, write_after_removal, write_with_backup, write_a_new_folder],
)
def test_an_import_is_followed_however_it_is_written(
    folder: Path, serve: Callable[..., Serving], write: Callable[[Path, str], None]
) -> None:
    (folder / "fn.js").write_text(
        "import text from './lib/text.js';\nexport default { fetch: () => new Response(text) };"
    )
    imported = folder / "lib" / "text.js"
    imported.parent.mkdir()
    imported.write_text("export default '0';")
    with serve() as server:
        for text in ("1", "2"):
            write(imported, f"export default '{text}';")
            while server.get() != text:  # a moment without the file may be seen
                reloaded(server)
            if write is write_a_new_folder:
                return


def test_a_new_import_is_followed(folder: Path, serve: Callable[..., Serving]) -> None:
    fn = folder / "fn.js"
    fn.write_text(saying("one"))
    with serve() as server:
        (folder / "new").mkdir()
        (folder / "new" / "data.json").write_text('"two"')
        fn.write_text(
            "import d from './new/data.json'; export default { fetch: () => new Response(d) };"
        )
        reloaded(server)
        assert server.get() == "two"
        (folder / "new" / "data.json").write_text('"three"')
        assert "data.json" in reloaded(server)
        assert server.get() == "three"


def test_an_import_while_a_request_runs_is_followed(
    folder: Path, serve: Callable[..., Serving]
) -> None:
    late = folder / "late" / "text.js"
    late.parent.mkdir()
    late.write_text("export default 'one';")
    (folder / "fn.js").write_text(
        "export default { async fetch() { return new Response((await import('./late/text.js')).default); } };"
    )
    with serve() as server:
        assert server.get() == "one"
        late.write_text("export default 'two';")
        reloaded(server)
        assert server.get() == "two"


def test_an_import_that_is_missing_is_waited_for(
    folder: Path, serve: Callable[..., Serving]
) -> None:
    (folder / "fn.js").write_text(saying("one"))
    with serve() as server:
        (folder / "fn.js").write_text(
            "import d from './later/data.js'; export default { fetch: () => new Response(d) };"
        )
        assert "there is no module 'later/data.js'" in refused(server)
        assert server.get() == "one"
        (folder / "later").mkdir()
        (folder / "later" / "data.js").write_text("export default 'two';")
        reloaded(server)
        assert server.get() == "two"


def test_a_file_that_comes_before_another_is_seen(
    folder: Path, serve: Callable[..., Serving]
) -> None:
    (folder / "fn.js").write_text(
        "import d from './data'; export default { fetch: () => new Response(d) };"
    )
    (folder / "data.json").write_text('"json"')
    with serve() as server:
        assert server.get() == "json"
        (folder / "data.js").write_text("export default 'js';")
        reloaded(server)
        assert server.get() == "js"


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need rights there")
def test_links_are_followed_at_both_ends(folder: Path, serve: Callable[..., Serving]) -> None:
    for number in (1, 2):
        release = folder / f"release-{number}"
        release.mkdir()
        (release / "text.js").write_text(f"export default '{number}';")
    (folder / "current").symlink_to("release-1")
    (folder / "fn.js").write_text(
        "import t from './current/text.js'; export default { fetch: () => new Response(t) };"
    )
    with serve() as server:
        assert server.get() == "1"
        (folder / "release-1" / "text.js").write_text("export default '1.1';")
        reloaded(server)
        assert server.get() == "1.1"
        (folder / "next").symlink_to("release-2")
        (folder / "next").replace(folder / "current")
        reloaded(server)
        assert server.get() == "2"


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need rights there")
def test_the_function_itself_may_be_a_link(folder: Path, serve: Callable[..., Serving]) -> None:
    (folder / "src").mkdir()
    for name in ("one", "two"):
        (folder / "src" / f"{name}.js").write_text(saying(name))
    (folder / "fn.js").symlink_to("src/one.js")
    with serve() as server:
        (folder / "src" / "one.js").write_text(saying("more"))
        reloaded(server)
        assert server.get() == "more"
        (folder / "link").symlink_to("src/two.js")
        (folder / "link").replace(folder / "fn.js")
        reloaded(server)
        assert server.get() == "two"


def test_a_package_is_watched_once_it_is_imported(
    folder: Path, serve: Callable[..., Serving]
) -> None:
    for name in ("used", "unused"):
        package = folder / "node_modules" / name
        package.mkdir(parents=True)
        (package / "index.js").write_text("export default 'one';")
    (folder / "fn.js").write_text(
        "import text from 'used'; export default { fetch: () => new Response(text) };"
    )
    with serve() as server:
        (folder / "node_modules" / "unused" / "index.js").write_text("export default 'two';")
        (folder / "node_modules" / "used" / "index.js").write_text("export default 'two';")
        assert reloaded(server).rstrip().endswith(": index.js changed")
        assert server.get() == "two"
        _, rest, _ = server.stop()
    assert "reloaded" not in rest


# Broken and mended


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("export default { fetch( };", "SyntaxError"),
        ("throw new RangeError('at the top');", "RangeError: at the top"),
        ("export const nothing = 1;", "fetch"),
        ("", "fetch"),
        ("while (true);", "100 ms"),
    ],
)
def test_a_broken_file_keeps_what_was_there_until_it_is_mended(
    folder: Path, serve: Callable[..., Serving], broken: str, said: str
) -> None:
    fn = folder / "fn.js"
    fn.write_text(saying("one"))
    with serve("--cpu-limit-ms", "100") as server:
        fn.write_text(broken)
        assert said in refused(server)
        assert server.get() == "one"
        fn.write_text(saying("two"))
        reloaded(server)
        assert server.get() == "two"


def test_a_file_that_is_gone_keeps_what_was_there(
    folder: Path, serve: Callable[..., Serving]
) -> None:
    fn = folder / "fn.js"
    fn.write_text(saying("one"))
    with serve() as server:
        fn.unlink()
        assert "no such file" in refused(server)
        assert server.get() == "one"
        fn.write_text(saying("two"))
        reloaded(server)
        assert server.get() == "two"


def test_a_version_that_is_still_loading_gives_way_to_the_next(
    folder: Path, serve: Callable[..., Serving]
) -> None:
    fn = folder / "fn.js"
    fn.write_text(saying("one"))
    with serve() as server:
        fn.write_text("console.log('loading'); await new Promise((r) => setTimeout(r, 1e8));")
        while "loading" not in server.stdout.readline():
            pass
        assert server.get() == "one"
        fn.write_text(saying("two"))
        reloaded(server)
        assert server.get() == "two"


def test_an_error_of_the_version_that_stays_shows_its_own_line(
    folder: Path, serve: Callable[..., Serving]
) -> None:
    fn = folder / "fn.js"
    fn.write_text("export default { fetch() {\n  throw new Error('of the first');\n} };")
    with serve() as server:
        fn.write_text("throw 1;\n// another line two\n")
        refused(server)
        with pytest.raises(urllib.error.HTTPError) as failure:
            server.get()
        failure.value.close()
        _, _, stderr = server.stop()
    assert "throw new Error('of the first')" in stderr
    assert "another line two" not in stderr


@pytest.mark.parametrize("options", [(), ("--env-file", "other.env")])
def test_env_files_are_watched(
    folder: Path, serve: Callable[..., Serving], options: tuple[str, ...]
) -> None:
    file = folder / (options[-1] if options else ".env")
    (folder / "fn.js").write_text(
        "export default { fetch: (request, env) => new Response(env.A ?? 'none') };"
    )
    if options:
        file.write_text("")
    with serve(*options) as server:
        assert server.get() == "none"
        file.write_text("A=one")
        reloaded(server)
        assert server.get() == "one"
        file.write_text("A=two\nbroken\n")
        assert ":2: 'broken' is not of the form K=V" in refused(server)
        assert server.get() == "one"
        file.write_text("A=two\n")
        reloaded(server)
        assert server.get() == "two"


# What is under way


def request_to(server: Serving) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)


def test_open_sockets_are_closed_with_1012_and_a_line(
    folder: Path, serve: Callable[..., Serving]
) -> None:
    fn = folder / "fn.js"
    fn.write_text(SOCKET.replace("VERSION", "one"))
    with serve() as server, connect(server.url.replace("http", "ws")) as socket:
        socket.send("hi")
        assert socket.recv() == "one hi"
        fn.write_text(SOCKET.replace("VERSION", "two"))
        with pytest.raises(ConnectionClosedError) as closed:
            socket.recv(timeout=30)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        lines = [server.stdout.readline() for _ in range(2)]
        assert any("1 socket was closed with 1012" in line for line in lines), lines
        with connect(server.url.replace("http", "ws")) as again:
            again.send("hi")
            assert again.recv() == "two hi"


def test_a_broken_version_closes_no_socket(folder: Path, serve: Callable[..., Serving]) -> None:
    fn = folder / "fn.js"
    fn.write_text(SOCKET.replace("VERSION", "one"))
    with serve() as server, connect(server.url.replace("http", "ws")) as socket:
        fn.write_text("(")
        refused(server)
        socket.send("still")
        assert socket.recv(timeout=30) == "one still"


def test_requests_in_flight_end_where_they_began(
    folder: Path, serve: Callable[..., Serving]
) -> None:
    fn = folder / "fn.js"
    fn.write_text(
        """
        export default {
          async fetch(request) {
            const body = new ReadableStream({ async start(controller) {
              controller.enqueue(new TextEncoder().encode('one,'));
              controller.enqueue(new TextEncoder().encode(await request.text()));
              controller.close();
            } });
            return new Response(body);
          },
        };"""
    )
    with serve() as server, closing(request_to(server)) as client:
        client.putrequest("POST", "/")
        client.putheader("Content-Length", "4")
        client.endheaders(b"in")  # the rest is to come
        response = client.getresponse()
        assert response.read(4) == b"one,"
        fn.write_text(saying("two"))
        reloaded(server)
        assert server.get() == "two"
        client.send(b"to")
        assert response.read() == b"into"


def test_an_error_of_the_old_version_names_its_own_request_and_line(
    folder: Path, serve: Callable[..., Serving]
) -> None:
    fn = folder / "fn.js"
    fn.write_text(
        "export default { async fetch(request) {\n  console.log('reached'); await request.text();\n  throw new Error('of the old'); } };"
    )
    with serve() as server, closing(request_to(server)) as client:
        client.putrequest("POST", "/old")
        client.putheader("Content-Length", "2")
        client.endheaders(b"")
        while "reached" not in server.stdout.readline():
            pass
        fn.write_text(saying("new") + "\n\n// the new line three\n")
        while "reloaded" not in server.stdout.readline():
            pass
        assert server.get("new") == "new"
        client.send(b"hi")
        assert client.getresponse().status == 500
        _, _, stderr = server.stop()
    assert "/old" in stderr
    assert "/new" not in stderr
    assert "throw new Error('of the old')" in stderr
    assert "the new line three" not in stderr


def test_a_stop_does_not_forget_what_the_old_version_has_begun(
    folder: Path, serve: Callable[..., Serving]
) -> None:
    fn = folder / "fn.js"
    fn.write_text(
        """export default { fetch(request, env, ctx) {
          ctx.waitUntil(new Promise((resolve) => setTimeout(resolve, 1e8)));
          return new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array(1)); }, cancel() { console.log('cancelled'); } }));
        } };"""
    )
    with serve() as server, closing(request_to(server)) as client:
        client.request("GET", "/")
        response = client.getresponse()
        assert response.read(1) == b"\0"
        fn.write_text(saying("two"))
        reloaded(server)
        response.close()
        client.close()
        code, _, stderr = server.stop()
    assert code == 0, stderr
    assert "the server stopped before the invocation had ended" in stderr


def test_the_log_says_it_in_json_too(folder: Path, serve: Callable[..., Serving]) -> None:
    fn = folder / "fn.js"
    fn.write_text(saying("one"))
    with serve("--log-format", "json") as server:
        fn.write_text(saying("two"))
        assert "fn.js changed" in json.loads(reloaded(server))["message"]

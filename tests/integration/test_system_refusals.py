"""What the system refuses: a disk that is full, a folder that cannot be made, descriptors that are used up."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from command import EDGEHOST, Command, Serving

resource = pytest.importorskip("resource")

TOO_MANY = "Too many open files"
IMPORTS = """
const kinds = {
  '/es': () => import('./lib.js'),
  '/commonjs': () => import('./lib.cjs'),
  '/package': () => import('some-package'),
  '/legacy': async () => ({ value: new TextDecoder('shift_jis').decode(new Uint8Array([65])) }),
};

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);

    if (pathname === '/') return new Response('well');

    try {
      return new Response((await kinds[pathname]()).value);
    } catch (error) {
      return new Response(`${error.name}: ${error.message}`, { status: 500 });
    }
  },
};
"""


@pytest.fixture
def full_disk() -> Iterator[int]:
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full")
    descriptor = os.open("/dev/full", os.O_WRONLY)
    yield descriptor
    os.close(descriptor)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("serve", "--help"),
        ("cert", "show"),
        ("cert", "path"),
        ("engine", "show"),
    ],
)
def test_what_cannot_be_printed_is_one_line(
    command: Command, full_disk: int, arguments: tuple[str, ...]
) -> None:
    with command.start(*arguments, stdout=full_disk) as running:
        _, stderr = running.process.communicate()
    assert running.process.returncode == 1
    assert stderr == "Error: No space left on device\n"


def test_a_name_that_no_file_can_have_is_one_line(command: Command) -> None:
    done = command("run", "x" * 300)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Error: {'x' * 300}: File name too long\n"


def in_the_way(folder: Path) -> str:
    (folder / "file").write_text("")
    return f"{folder}/file/home"


@pytest.mark.parametrize(
    "home",
    [in_the_way, lambda _: "/proc/nothing/home", lambda folder: f"{folder}/{'x' * 300}"],
    ids=["a file is in the way", "no folder can be made there", "too long"],
)
def test_a_home_that_cannot_be_made_is_said_to_be_that(
    command: Command, tmp_path: Path, home: object
) -> None:
    command.environment["EDGEHOST_HOME"] = home(tmp_path)  # type: ignore[operator]
    done = command("cert", "show")
    (line,) = done.stderr.splitlines()
    assert done.returncode == 1
    assert "cannot use the development certificate authority in " in line
    assert "set EDGEHOST_HOME to a folder of yours" in line
    assert "damaged" not in line


@pytest.mark.skipif(sys.platform != "linux", reason="descriptors are counted for Linux")
@pytest.mark.parametrize("allowed", range(6, 24, 3))
def test_too_few_descriptors_for_a_start_are_one_line(command: Command, allowed: int) -> None:
    function = command.write("fn.js", IMPORTS)
    done = subprocess.run(
        ["sh", "-c", f'ulimit -n {allowed}; exec "$@"', "sh", *EDGEHOST, "serve", function],
        cwd=command.folder,
        env=command.environment,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == f"Error: {TOO_MANY}: allow more file descriptors (ulimit -n)\n"


def allow(server: Serving, descriptors: int) -> None:
    """From now on the server's process may open so many."""
    _, most = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (descriptors, most))


def ask(client: http.client.HTTPConnection, path: str) -> tuple[int, str]:
    client.request("GET", path)
    response = client.getresponse()
    return response.status, response.read().decode()


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="the limit of another process is set")
@pytest.mark.parametrize("path", ["/es", "/commonjs", "/package", "/legacy"])
def test_without_descriptors_an_import_fails_and_a_later_one_succeeds(
    command: Command, path: str
) -> None:
    for name, text in {
        "lib.js": "export const value = 'A';",
        "lib.cjs": "exports.value = 'A';",
        "package.json": "{}",
        "node_modules/some-package/package.json": '{ "exports": "./main.js", "type": "module" }',
        "node_modules/some-package/main.js": "export const value = 'A';",
    }.items():
        (command.folder / name).parent.mkdir(parents=True, exist_ok=True)
        command.write(name, text)
    with (
        command.serve(command.write("fn.js", IMPORTS), "--no-tls") as server,
        closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as client,
    ):
        assert ask(client, "/") == (200, "well")
        allow(server, 3)
        status, text = ask(client, path)
        assert status == 500
        assert TOO_MANY in text
        allow(server, 256)
        assert ask(client, path) == (200, "A")
        _, _, stderr = server.stop()
    assert "internal error" not in stderr

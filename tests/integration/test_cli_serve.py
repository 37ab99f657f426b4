"""`edgehost serve` as a user starts it."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import ssl
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from command import Command, Serving
from websockets.sync.client import connect

from edgehost.server.authority import open_authority

HELLO = "export default { fetch() { return new Response('hello'); } };"
ECHO_SOCKET = """
export default {
  fetch(request) {
    const { response, socket } = upgradeWebSocket(request);
    socket.onmessage = ({ data }) => socket.send(data);
    return response;
  },
};
"""
# Says that it was reached, and answers after so many milliseconds.
WAITS = """
export default {
  async fetch(request) {
    console.log('reached');
    const ms = Number(new URL(request.url).search.slice(1));
    await new Promise((resolve) => setTimeout(resolve, ms));
    return new Response('answered');
  },
};
"""


@pytest.fixture
def hello(command: Command) -> str:
    return command.write("hello.js", HELLO)


def trusting(command: Command) -> ssl.SSLContext:
    """A client's context that trusts the development authority of the command."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDGEHOST_HOME", command.environment["EDGEHOST_HOME"])
        return ssl.create_default_context(cafile=str(open_authority().certificate_file))


def send_request(server: Serving, path: str = "/") -> http.client.HTTPConnection:
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    client.request("GET", path)
    return client


# The first line


def test_the_first_line_says_the_urls_once_connections_are_accepted(
    command: Command, hello: str
) -> None:
    with command.serve(hello) as server:
        assert server.first_line == f"listening on {server.urls[0]} and {server.urls[1]}\n"
        assert server.urls == [
            f"{scheme}://127.0.0.1:{server.port}/" for scheme in ("http", "https")
        ]
        assert server.get() == "hello"


def test_the_first_line_is_a_record_with_the_port_in_json(command: Command, hello: str) -> None:
    with command.serve(hello, "--log-format", "json", "--no-tls") as server:
        record = json.loads(server.first_line)
        assert record["event"] == "listening"
        assert record["urls"] == [f"http://127.0.0.1:{record['port']}/"]
        assert server.get() == "hello"


@pytest.mark.parametrize("log_format", ["pretty", "json"])
def test_what_a_function_logs_as_it_loads_follows_the_first_line(
    command: Command, log_format: str
) -> None:
    function = command.write("fn.js", "console.log('loading');\n" + HELLO)
    with command.serve(function, "--log-format", log_format) as server:
        assert "listening" in server.first_line
        assert "loading" in server.stdout.readline()


def test_a_port_can_be_chosen(command: Command, hello: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with command.serve(hello, "--port", str(port)) as server:
        assert server.port == port
        assert server.get() == "hello"


# Mistakes


def test_a_taken_port_is_one_line_and_exit_code_1(command: Command, hello: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = command("serve", hello, "--port", str(port))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        f"Error: port {port} on 127.0.0.1 is taken: "
        "choose another with --port (0 takes a free one)\n"
    )


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["missing.js"], "no such file: missing.js"),
        (["."], "not a file: ."),
        (["fn.js", "--host", "192.0.2.1"], "--host 192.0.2.1 is not an address of this machine"),
        (["fn.js", "--cert", "a.pem"], "--cert: a.pem: No such file or directory"),
        (["fn.js", "--cert", "a.pem", "--no-tls"], "--cert is for TLS: leave out --no-tls"),
        (["fn.js", "--key", "a.pem"], "--key needs --cert, the certificate that belongs to it"),
        (["fn.js", "--env", "K"], "--env: 'K' is not of the form K=V"),
        (["fn.js", "--env-file", "no.env"], "no.env: No such file or directory"),
    ],
)
def test_a_mistake_in_an_option_is_one_line_and_exit_code_1(
    command: Command, arguments: list[str], line: str
) -> None:
    command.write("fn.js", HELLO)
    done = command("serve", *arguments, "--port", "0")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"Error: {line}\n")


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        pytest.param(
            "export default {\n  fetch() { return new Response('x) },\n};",
            [
                "SyntaxError: unexpected end of string",
                "fn.js:2:",
                "2 |   fetch() { return new Response('x) },",
                "^",
            ],
            id="syntax",
        ),
        pytest.param(
            "import { a } from './lib/missing.js';\n" + HELLO,
            ["there is no module 'lib/missing.js'"],
            id="missing import",
        ),
        pytest.param(
            "import { Hono } from 'hono';\n" + HELLO,
            ["the package 'hono' is not installed", "npm install hono"],
            id="package",
        ),
        pytest.param(
            "import { a } from './lib.js';\n" + HELLO,
            ["SyntaxError: ", "'a'", "lib.js"],
            id="missing export",
        ),
        pytest.param(
            "export const fetched = 1;",
            [
                "the function exports no handler",
                "export default { async fetch(request, env, ctx) {",
                "addEventListener('fetch', (event) => event.respondWith(",
            ],
            id="no handler",
        ),
        pytest.param(
            "const settings = undefined;\nsettings.port;\n" + HELLO,
            ["TypeError: ", "fn.js:2:", "2 | settings.port;"],
            id="throws",
        ),
        pytest.param("throw null;", ["null"], id="throws null"),
        pytest.param(
            "for (;;);",
            ["the limit of 100 ms (cpu_ms)", "fn.js:1:1", "1 | for (;;);"],
            id="never ends",
        ),
        pytest.param(
            "const all = [];\nwhile (true) all.push(new Array(1000).fill(0));",
            ["the limit of 24 MB (memory_mb)"],
            id="memory",
        ),
        pytest.param(
            "await new Promise(() => {});\n" + HELLO,
            ["top-level await waits for something that cannot happen"],
            id="never settles",
        ),
        pytest.param(
            "setInterval(() => {}, 10);\nawait new Promise(() => {});\n" + HELLO,
            ["top-level await did not settle within", "1000 ms"],
            id="settles too late",
        ),
    ],
)
def test_a_function_that_does_not_load_is_explained(
    command: Command, source: str, lines: list[str]
) -> None:
    command.write("lib.js", "export const b = 1;")
    function = command.write("fn.js", source)
    limits = ["--cpu-limit-ms", "100", "--memory-limit-mb", "24", "--wall-limit-ms", "1000"]
    done = command("serve", function, "--port", "0", *limits)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    for line in lines:
        assert line in done.stderr
    assert len(done.stderr.splitlines()) <= 6


def test_the_caret_of_a_syntax_error_points_at_it(command: Command) -> None:
    function = command.write("fn.js", "export default {\n  fetch() { return 1 +; },\n};")
    shown, caret = command("serve", function, "--port", "0").stderr.splitlines()[-2:]
    assert shown[caret.index("^")] == ";"


def test_what_a_function_logged_before_it_failed_to_load_is_shown(command: Command) -> None:
    function = command.write("fn.js", "console.log('before');\nthrow new Error('at the top');")
    done = command("serve", function, "--port", "0")
    assert (done.returncode, done.stdout) == (1, "fn │ before\n")
    assert "Error: at the top" in done.stderr


# Options


def test_records_are_json_lines_with_json(command: Command) -> None:
    source = """
    export default {
      fetch() {
        console.log('to stdout');
        console.error('to stderr');
        throw new Error('uncaught');
      },
    };
    """
    function = command.write("fn.js", source)
    with command.serve(function, "--log-format", "json", "--no-request-log") as server:
        with pytest.raises(urllib.error.HTTPError) as failure:
            server.get()
        failure.value.close()
        _, stdout, stderr = server.stop()
    records = [json.loads(line) for line in (stdout + stderr).splitlines()]
    assert [(record["level"], record["function"]) for record in records] == [
        ("INFO", "fn"),
        ("ERROR", "fn"),
        ("ERROR", "fn"),
    ]
    assert records[0]["message"] == "to stdout"
    assert "uncaught" in records[2]["message"]


def test_warnings_of_the_server_are_records_too(command: Command, hello: str) -> None:
    with command.serve(hello, "--log-format", "json") as server:
        context = ssl.create_default_context()
        with pytest.raises(ssl.SSLCertVerificationError):
            context.wrap_socket(
                socket.create_connection(("127.0.0.1", server.port)), server_hostname="localhost"
            )
        record = json.loads(server.stderr.readline())
    assert record["level"] == "WARN"
    assert "edgehost cert trust" in record["message"]


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ((), "hello │ GET /path 200 "),
        (("--log-format", "json"), '"message": "GET /path 200 '),
        (("--no-request-log",), ""),
        (("--quiet",), ""),
    ],
)
def test_each_request_has_a_line_unless_that_is_switched_off(
    command: Command, hello: str, options: tuple[str, ...], line: str
) -> None:
    with command.serve(hello, *options) as server:
        assert server.get("path") == "hello"
        _, stdout, stderr = server.stop()
    assert len(stdout.splitlines()) == bool(line)
    assert line in stdout
    assert stderr == ""


def test_quiet_leaves_the_address_and_errors(command: Command) -> None:
    source = """
    export default {
      fetch() {
        console.log('chatter');
        console.warn('warning');
        console.error('failure');
        return new Response('');
      },
    };
    """
    with command.serve(command.write("fn.js", source), "--quiet") as server:
        server.get()
        assert server.stop() == (0, "", "fn │ failure\n")


def test_variables_come_from_options_and_from_a_file(command: Command) -> None:
    function = command.write(
        "fn.js", "export default { fetch(request, env) { return Response.json(env); } };"
    )
    command.write(".env", "A=from the file\nB='from the file'\n")
    options = ["--env", "B=from=an option", "--env", "C=", "--env-file", ".env"]
    with command.serve(function, *options) as server:
        assert json.loads(server.get()) == {"A": "from the file", "B": "from=an option", "C": ""}


@pytest.mark.parametrize(
    ("host", "shown", "reached"),
    [
        ("0.0.0.0", "localhost", ["127.0.0.1"]),
        ("127.0.0.1", "127.0.0.1", ["127.0.0.1"]),
        ("localhost", "localhost", ["127.0.0.1", "::1"]),
        ("::1", "[::1]", ["::1"]),
        ("::", "localhost", ["127.0.0.1", "::1"]),
    ],
)
def test_it_listens_where_it_is_told_to(
    command: Command, hello: str, host: str, shown: str, reached: list[str]
) -> None:
    if "::1" in reached and not has_ipv6():
        pytest.skip("this machine has no IPv6")
    with command.serve(hello, "--host", host) as server:
        assert server.urls == [f"{scheme}://{shown}:{server.port}/" for scheme in ("http", "https")]
        for address in reached:
            client = http.client.HTTPConnection(address, server.port, timeout=30)
            client.request("GET", "/")
            assert client.getresponse().read() == b"hello"
            client.close()


@pytest.mark.parametrize(
    ("options", "is_told"),
    [
        ((), True),
        (("--host", "localhost"), True),
        (("--host", "0.0.0.0"), False),
        (("--host", "0.0.0.0", "--show-errors"), True),
        (("--no-show-errors",), False),
        (("--log-format", "json"), False),
        (("--log-format", "json", "--show-errors"), True),
    ],
)
def test_errors_are_shown_where_only_this_machine_listens_or_by_option(
    command: Command, options: tuple[str, ...], is_told: bool
) -> None:
    function = command.write("fn.js", "export default { fetch() { throw new Error('inner'); } };")
    with command.serve(function, *options) as server:
        client = send_request(server)
        response = client.getresponse()
        assert response.status == 500
        assert (b"inner" in response.read()) is is_told
        client.close()


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_https_is_on_the_port_of_http(command: Command, hello: str) -> None:
    with command.serve(hello) as server:
        url = f"https://localhost:{server.port}/"
        with urllib.request.urlopen(url, context=trusting(command)) as response:
            assert response.read() == b"hello"
        assert server.get() == "hello"


def test_no_tls_leaves_plain_http_alone(command: Command, hello: str) -> None:
    with command.serve(hello, "--no-tls") as server:
        assert server.urls == [f"http://127.0.0.1:{server.port}/"]
        with pytest.raises(ssl.SSLError):
            context = ssl.create_default_context()
            context.wrap_socket(
                socket.create_connection(("127.0.0.1", server.port)), server_hostname="localhost"
            )
        assert server.get() == "hello"


def test_a_certificate_of_the_users_own_is_served(command: Command, hello: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDGEHOST_HOME", str(command.folder / "another"))
        another = open_authority()
        pem = another.leaf(["localhost"]).read_text()
    at = pem.index("-----BEGIN CERTIFICATE-----")
    command.write("key.pem", pem[:at])
    command.write("chain.pem", pem[at:])
    command.write("both.pem", pem)
    context = ssl.create_default_context(cafile=str(another.certificate_file))
    for options in (["--cert", "chain.pem", "--key", "key.pem"], ["--cert", "both.pem"]):
        with command.serve(hello, *options) as server:
            url = f"https://localhost:{server.port}/"
            with urllib.request.urlopen(url, context=context) as response:
                assert response.read() == b"hello"


def test_limits_are_taken_from_the_options(command: Command) -> None:
    source = """
    const work = {
      cpu() { for (;;); },
      wall() { return new Promise(() => {}); },
      memory() { const all = []; for (;;) all.push(new Array(1000).fill(0)); },
    };
    export default { fetch(request) { return work[new URL(request.url).pathname.slice(1)](); } };
    """
    limits = ["--cpu-limit-ms", "100", "--wall-limit-ms", "1000", "--memory-limit-mb", "32"]
    with command.serve(command.write("fn.js", source), *limits) as server:
        for path, status, limit in (
            ("cpu", 503, "100 ms (cpu_ms)"),
            ("wall", 504, "1000 ms (wall_ms)"),
            ("memory", 503, "32 MB (memory_mb)"),
        ):
            with pytest.raises(urllib.error.HTTPError) as failure:
                server.get(path)
            with failure.value as response:
                assert response.code == status
                assert limit in response.read().decode()


def test_a_limit_of_0_is_none(command: Command) -> None:
    # More of each than its default allows would take long: that 0 is not taken for 0 shows here.
    source = """
    export default {
      async fetch() {
        const end = performance.now() + 20;
        while (performance.now() < end);
        await new Promise((resolve) => setTimeout(resolve, 20));
        return new Response(String(new Uint8Array(2 ** 20).length));
      },
    };
    """
    limits = ["--cpu-limit-ms", "0", "--wall-limit-ms", "0", "--memory-limit-mb", "0"]
    with command.serve(command.write("fn.js", source), *limits) as server:
        assert server.get() == str(2**20)


def test_eval_is_allowed_only_by_option(command: Command) -> None:
    source = """
    export default {
      fetch() {
        try {
          return new Response(String(eval('1 + 1') + new Function('return 1')()));
        } catch (error) {
          return new Response(error.name);
        }
      },
    };
    """
    function = command.write("fn.js", source)
    with command.serve(function) as server:
        assert server.get() == "EvalError"
    with command.serve(function, "--allow-eval") as server:
        assert server.get() == "3"


# Stopping


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_with_exit_code_0(
    command: Command, hello: str, number: signal.Signals
) -> None:
    with command.serve(hello) as server:
        idle = send_request(server)
        assert idle.getresponse().read() == b"hello"  # and stays open
        server.signal(number)
        assert server.wait() == 0
        assert server.stderr.read() == ""
        idle.close()


def test_a_stop_ends_what_is_in_flight_and_takes_nothing_new(command: Command) -> None:
    function = command.write("fn.js", WAITS)
    with command.serve(function) as server:
        waiting = send_request(server, "/?800")
        assert "reached" in server.stdout.readline()
        server.signal(signal.SIGTERM)
        until_refused(server.port)
        assert server.process.poll() is None
        assert waiting.getresponse().read() == b"answered"
        assert server.wait() == 0
        assert "waiting up to 10 s for what is in flight" in server.stdout.read()
        waiting.close()


def test_an_idle_tls_client_does_not_delay_a_stop(command: Command, hello: str) -> None:
    with command.serve(hello) as server:
        client = http.client.HTTPSConnection(
            "localhost", server.port, timeout=30, context=trusting(command)
        )
        client.request("GET", "/")
        assert client.getresponse().read() == b"hello"
        before = time.monotonic()
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        assert time.monotonic() - before < 3  # it answers no farewell, and must not be waited for
        client.close()


def until_refused(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=30).close()
        except ConnectionError:  # or reset, where it met the end of the listening socket
            return
    raise AssertionError("it still accepts")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_closes_sockets_with_1001(command: Command, number: signal.Signals) -> None:
    function = command.write("fn.js", ECHO_SOCKET)
    with command.serve(function) as server:
        with connect(f"ws://127.0.0.1:{server.port}/") as client:
            client.send("there?")
            assert client.recv() == "there?"
            server.signal(number)
            with pytest.raises(Exception, match="1001"):
                client.recv(timeout=30)
        assert server.wait() == 0


def test_a_second_interrupt_exits_at_once(command: Command) -> None:
    with command.serve(command.write("fn.js", WAITS)) as server:
        waiting = send_request(server, "/?60000")
        assert "reached" in server.stdout.readline()
        server.signal(signal.SIGINT)
        until_refused(server.port)
        server.signal(signal.SIGINT)
        assert server.wait() == 130
        assert server.stderr.read() == ""
        waiting.close()


def test_a_second_interrupt_ends_a_function_that_holds_the_loop(command: Command) -> None:
    source = "export default { fetch() { console.log('reached'); for (;;); } };"
    limits = ["--cpu-limit-ms", "0", "--wall-limit-ms", "0"]
    with command.serve(command.write("fn.js", source), *limits) as server:
        waiting = send_request(server)
        end = time.monotonic() + 30
        while server.process.poll() is None and time.monotonic() < end:
            server.signal(signal.SIGINT)
            time.sleep(0.05)  # nothing tells from outside that the first was seen
        assert server.wait() == 130
        waiting.close()


def test_an_interrupt_while_the_function_loads_stops_it(command: Command) -> None:
    source = "setInterval(() => {}, 1000); console.error('loading'); await new Promise(() => {});"
    function = command.write("fn.js", source + HELLO)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with command.start("serve", function, "--port", str(port)) as server:
        until_bound(port)
        server.signal(signal.SIGINT)
        assert server.wait() == 0
        assert server.stdout.read() == ""
        assert server.stderr.read() == "fn │ loading\n"


def until_bound(port: int) -> None:
    """The port is taken before the function is loaded, and signals are handled before that."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=30).close()
            return
        except ConnectionRefusedError:
            continue
    raise AssertionError("nobody listens")


def test_a_closed_output_neither_ends_it_nor_keeps_it_busy(command: Command) -> None:
    source = "export default { fetch() { console.log('a line'); return new Response('hello'); } };"
    with command.serve(command.write("fn.js", source)) as server:
        server.stdout.close()
        for _ in range(3):
            assert server.get() == "hello"
        before = cpu_seconds(server.process.pid)
        time.sleep(0.3)  # what it does when there is nothing to do can only be waited for
        assert cpu_seconds(server.process.pid) - before < 0.1
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
        assert server.stderr.read() == ""


def cpu_seconds(pid: int) -> float:
    if sys.platform != "linux":
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_a_plain_start_imports_nothing_for_certificates(command: Command, hello: str) -> None:
    command.environment["PYTHONPROFILEIMPORTTIME"] = "1"
    with command.serve(hello) as server:
        assert server.get() == "hello"
        _, _, imports = server.stop()
    assert "edgehost.server.service" in imports
    for needless in ("cryptography", "aiohttp.web_app", "platformdirs", "importlib.metadata"):
        assert f" {needless}\n" not in imports


# Without a file


def test_a_project_may_name_its_function(command: Command) -> None:
    command.write("package.json", '{"main": "main.js"}')
    command.write("main.js", HELLO)
    with command.serve() as server:
        assert server.get() == "hello"


def test_a_folder_that_names_none_is_an_error(command: Command) -> None:
    done = command("serve")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: which file? None was given")
    assert "azion.config.*" in done.stderr
    assert len(done.stderr.splitlines()) == 1

"""`edgehost run` as a user starts it."""

from __future__ import annotations

import json
import signal

import pytest
from command import Command


def test_it_prints_what_the_script_logs(command: Command) -> None:
    script = command.write("a.js", "console.log('out', { a: 1 }); console.error('err');")
    done = command("run", script)
    assert (done.returncode, done.stdout, done.stderr) == (0, "out { a: 1 }\n", "err\n")


def test_it_ends_when_nothing_is_pending(command: Command) -> None:
    source = """
    const id = setInterval(() => console.log('tick'), 5);
    setTimeout(() => { clearInterval(id); console.log('cleared'); }, 200);
    AbortSignal.timeout(60_000);
    await new Promise((resolve) => setTimeout(resolve, 10));
    queueMicrotask(() => console.log('microtask'));
    console.log('after await');
    """
    done = command("run", command.write("a.js", source))
    lines = done.stdout.splitlines()
    assert done.returncode == 0
    assert lines[-1] == "cleared"
    assert lines.index("microtask") == lines.index("after await") + 1
    assert lines.count("tick") > 1


def test_a_script_ends_after_the_messages_that_are_on_their_way(command: Command) -> None:
    source = """
    const { port1, port2 } = new MessageChannel();

    port1.onmessage = ({ data }) => {
      console.log(data);
      if (data < 3) port2.postMessage(data + 1);
      else port1.close();
    };
    port2.onclose = () => console.log('closed');
    port2.postMessage(1);
    """
    done = command("run", command.write("a.js", source))
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, ["1", "2", "3", "closed"], "")


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("const a = new MessageChannel().port1; a.onmessage = () => {};", "waited\n"),
        ("const a = new BroadcastChannel('a'); a.onmessage = () => {};", "waited\n"),
        ("const a = new MessageChannel().port1;", ""),
        ("const a = new BroadcastChannel('a');", ""),
    ],
)
def test_a_listener_for_messages_keeps_a_script_running(
    command: Command, source: str, output: str
) -> None:
    end = "AbortSignal.timeout(20).onabort = () => { console.log('waited'); a.close(); };"
    done = command("run", command.write("a.js", f"{source} {end}"))
    assert (done.returncode, done.stdout, done.stderr) == (0, output, "")


def test_output_is_whole_when_it_ends(command: Command) -> None:
    script = command.write("a.js", "for (let i = 0; i < 20000; i++) console.log(i);")
    done = command("run", script)
    assert done.stdout.split() == [str(i) for i in range(20000)]


@pytest.mark.parametrize(
    ("arguments", "seen"),
    [
        (["a.js"], []),
        (["a.js", "one", "--two", "-3", "--four=5"], ["one", "--two", "-3", "--four=5"]),
        (["--cpu-limit-ms", "500", "a.js", "one"], ["one"]),
        (["a.js", "one", "--cpu-limit-ms", "500", "two"], ["one", "two"]),
        (["a.js", "--", "--quiet", "--help"], ["--quiet", "--help"]),
        (["a.js", "", "two words", "ü\n"], ["", "two words", "ü\n"]),
    ],
)
def test_arguments_reach_the_script(
    command: Command, arguments: list[str], seen: list[str]
) -> None:
    command.write("a.js", "console.log(JSON.stringify(scriptArgs));")
    done = command("run", *arguments)
    assert json.loads(done.stdout) == seen
    assert done.returncode == 0


def test_variables_reach_the_script(command: Command) -> None:
    command.write(".env", "A=1\nB=2\n")
    script = command.write("a.js", "console.log(JSON.stringify(env));")
    done = command("run", "--env-file", ".env", script, "--env", "B=3")
    assert json.loads(done.stdout) == {"A": "1", "B": "3"}


def test_a_script_can_call_a_function(command: Command) -> None:
    command.write(
        "fn.js", "export default { fetch(request) { return new Response(request.method); } };"
    )
    source = """
    import fn from './fn.js';
    const response = await fn.fetch(new Request('http://localhost/', { method: 'PUT' }));
    console.log(response.status, await response.text());
    """
    assert command("run", command.write("a.js", source)).stdout == "200 PUT\n"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        pytest.param("null.x;", ["TypeError: ", "a.js:1:", "1 | null.x;", "^"], id="at once"),
        pytest.param(
            "setTimeout(() => { throw new Error('late'); }, 10);",
            ["Uncaught Error: late", "a.js:1:"],
            id="in a timer",
        ),
        pytest.param(
            "Promise.reject(new Error('unhandled'));",
            ["Uncaught (in promise) Error: unhandled", "a.js:1:"],
            id="rejection",
        ),
        pytest.param(
            "await Promise.reject(new RangeError('awaited'));",
            ["RangeError: awaited"],
            id="top-level await",
        ),
        pytest.param(
            "queueMicrotask(() => { throw 'text'; });", ["Uncaught", "text"], id="microtask"
        ),
        pytest.param(
            "reportError(new Error('reported'));", ["Uncaught Error: reported"], id="reported"
        ),
        pytest.param("let = ;", ["SyntaxError: ", "a.js:1:", "^"], id="syntax"),
        pytest.param("import './none.js';", ["there is no module 'none.js'"], id="import"),
        pytest.param(
            "await new Promise(() => {});",
            ["top-level await waits for something that cannot happen"],
            id="never settles",
        ),
        pytest.param(
            "setTimeout(() => { for (;;); }, 1); setInterval(() => {}, 1000);",
            ["the limit of 100 ms (cpu_ms)"],
            id="limit",
        ),
    ],
)
def test_an_uncaught_error_is_exit_code_1(command: Command, source: str, lines: list[str]) -> None:
    done = command("run", "--cpu-limit-ms", "100", command.write("a.js", source))
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    for line in lines:
        assert line in done.stderr


def test_an_uncaught_error_ends_the_script_at_once(command: Command) -> None:
    source = """
    setInterval(() => console.log('more'), 1000);
    setTimeout(() => { throw new Error('enough'); }, 5);
    setTimeout(() => console.log('too late'), 5);
    await new Promise(() => {});
    """
    done = command("run", command.write("a.js", source))
    assert (done.returncode, done.stdout) == (1, "")
    assert "Uncaught Error: enough" in done.stderr


def test_an_error_that_a_listener_handles_is_none(command: Command) -> None:
    source = """
    addEventListener('error', (event) => event.preventDefault());
    addEventListener('unhandledrejection', (event) => event.preventDefault());
    setTimeout(() => { throw new Error('handled'); });
    Promise.reject(new Error('handled'));
    """
    done = command("run", command.write("a.js", source))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_script_may_wait_for_longer_than_a_function(command: Command) -> None:
    source = "await new Promise((resolve) => setTimeout(resolve, 300)); console.log('done');"
    script = command.write("a.js", source)
    assert command("run", script).stdout == "done\n"
    limited = command("run", "--wall-limit-ms", "50", script)
    assert limited.returncode == 1
    assert "the limit of 50 ms (wall_ms)" in limited.stderr


def test_records_are_json_lines_with_json(command: Command) -> None:
    script = command.write("a.js", "console.log('one'); console.warn('two');")
    done = command("run", "--log-format", "json", script)
    records = [json.loads(line) for line in (done.stdout + done.stderr).splitlines()]
    assert [(record["message"], record["function"]) for record in records] == [
        ("one", "a"),
        ("two", "a"),
    ]


def test_eval_is_allowed_only_by_option(command: Command) -> None:
    script = command.write("a.js", "console.log(eval('1 + 1'));")
    assert "EvalError" in command("run", script).stderr
    assert command("run", "--allow-eval", script).stdout == "2\n"


def test_a_mistyped_option_is_not_taken_for_the_script(command: Command) -> None:
    done = command("run", "--quite", command.write("a.js", ""))
    assert (done.returncode, done.stderr) == (1, "Error: no such option: --quite\n")


def test_an_interrupt_ends_even_a_script_that_never_rests(command: Command) -> None:
    source = """
    console.log('begun');
    setTimeout(() => { console.log('busy'); for (;;); }, 1);
    // The timer is due before the event loop's next pass.
    for (let i = 0; i < 10_000; i++) clearTimeout(setTimeout(() => {}, 60_000));
    """
    script = command.write("a.js", source)
    with command.start("run", "--cpu-limit-ms", "0", script) as running:
        assert running.stdout.readline() == "begun\n"
        running.signal(signal.SIGINT)
        assert running.wait() == -signal.SIGINT
        assert running.stderr.read() == ""


def test_a_reader_that_leaves_does_not_cause_a_complaint(command: Command) -> None:
    source = "for (let i = 0; i < 3; i++) setTimeout(() => console.log('x'.repeat(1000)), 20 * i);"
    with command.start("run", command.write("a.js", source)) as running:
        running.stdout.readline()
        running.stdout.close()
        assert running.wait() == 0
        assert running.stderr.read() == ""

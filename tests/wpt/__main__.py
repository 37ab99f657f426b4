"""python -m tests.wpt: runs the Web Platform Tests and compares with what is expected."""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict

from . import summary
from .checkout import VARIABLE, Checkout, NoCheckout
from .expectations import Expectations
from .result import Result
from .session import Session
from .suites import SUITES

NAMES = [suite.name for suite in SUITES]


def main() -> int:
    """The exit code: 1 where something is not as expected."""
    options = _parse(sys.argv[1:])
    if options.summary:
        summary.write()
        return 0
    try:
        checkout = Checkout.find(options.wpt)
    except NoCheckout as error:
        sys.exit(f"{error}: give one as --wpt DIR")
    session = Session(checkout, options.suites, options.files)
    if not session.tests:
        sys.exit(f"no such tests in {checkout.root}")
    if options.module:
        sys.stdout.write(session.module(session.tests[0]))
        return 0
    started = time.perf_counter()
    results: dict[str, dict[str, Result]] = defaultdict(dict)
    expectations = {name: Expectations.load(name) for name in options.suites}
    surprises = 0
    for test, result in session.run(options.jobs):
        results[test.suite.name][test.id] = result
        lines = [*expectations[test.suite.name].differences(test.id, result)]
        surprises += len(lines)
        if options.failures:
            lines = [f"{name}: {why}" for name, why in result.failures.items()]
        if lines:
            print(test.id, *sorted(lines), sep="\n    ", flush=True)
    for suite, shown in results.items():
        print(_line(suite, shown))
        if not options.files and (missing := expectations[suite].missing(shown)):
            print("  the checkout lacks", *missing)
            surprises += len(missing)
        if options.update:
            expectations[suite].update(shown, whole=not options.files)
            expectations[suite].save(suite)
    if options.update:
        summary.write()
    print(f"{surprises} surprises in {time.perf_counter() - started:.0f} s")
    return 1 if surprises and not options.update else 0


def _line(suite: str, results: dict[str, Result]) -> str:
    total = sum(len(result.subtests) for result in results.values())
    passed = sum(not why for result in results.values() for why in result.subtests.values())
    mine = summary.percent(passed / total if total else 0)
    best = summary.best_peer(suite)
    peer = "" if best is None else f"   ({best[0]}: {summary.percent(best[1])} %)"
    return f"{suite:18} {passed:>6} of {total:<6} {mine:>5} %{peer}"


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.wpt", description=__doc__)
    parser.add_argument(
        "--wpt", metavar="DIR", help=f"a checkout of web-platform-tests/wpt (default: {VARIABLE})"
    )
    parser.add_argument(
        "--suites", type=_suites, default=NAMES, metavar="A,B", help=", ".join(NAMES)
    )
    parser.add_argument("--files", default="", metavar="PART", help="tests with this in their path")
    parser.add_argument("--jobs", type=int, default=2, help="processes (2)")
    parser.add_argument("--failures", action="store_true", help="print those that are expected too")
    parser.add_argument(
        "--update", action="store_true", help="write what was seen to expected/ and to the summary"
    )
    parser.add_argument(
        "--summary", action="store_true", help="only write the summary, from expected/"
    )
    parser.add_argument(
        "--module", action="store_true", help="only print the module of the first test"
    )
    return parser.parse_args(arguments)


def _suites(names: str) -> list[str]:
    if unknown := set(names.split(",")) - set(NAMES):
        raise argparse.ArgumentTypeError(f"no suite {', '.join(unknown)}")
    return names.split(",")


if __name__ == "__main__":
    sys.exit(main())

"""The Web Platform Tests on edgehost: `python -m tests.wpt --help`.

The tests themselves are not here: WPT_DIR names a checkout of web-platform-tests/wpt. What is here
is the way to run them (`suites`, `selection`, `module`, `execution`, `pool`), what they are expected
to show (`expected/`), and what follows from that (`expectations`, `summary`).
"""

"""A peer that answers wrongly must not look fast: every server is checked, then warmed up."""

from __future__ import annotations

import http.client
import threading
import time

from benchmarks.server_process import ServerFailure
from benchmarks.workloads import HttpWorkload

WARM_UP = 0.3  # seconds: past the first compilations of the engines that compile


def verify_and_warm_up(workload: HttpWorkload, port: int) -> None:
    """Repeats the workload's request on one connection and checks each response in full.

    Raises ServerFailure when one is wrong.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    body = b"x" * workload.body_size
    end = time.perf_counter() + WARM_UP
    try:
        while time.perf_counter() < end:
            _exchange(connection, workload, body)
    except (OSError, http.client.HTTPException) as error:
        raise ServerFailure(f"no response: {error!r}") from error
    finally:
        connection.close()


def _exchange(connection: http.client.HTTPConnection, workload: HttpWorkload, body: bytes) -> None:
    """One request and its response, which may begin before the body has been sent."""
    connection.putrequest(workload.method, workload.target)
    for name, value in workload.headers.items():
        connection.putheader(name, value)
    if body:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders()
    if body:
        threading.Thread(target=connection.sock.sendall, args=(body,), daemon=True).start()
    check(workload, connection.getresponse())


def check(workload: HttpWorkload, response: http.client.HTTPResponse) -> None:
    body = response.read()
    if response.status != 200:
        raise ServerFailure(f"status {response.status} instead of 200: {body[:100]!r}")
    if not workload.is_right(body):
        raise ServerFailure(f"a wrong body of {len(body)} bytes: {body[:100]!r}")

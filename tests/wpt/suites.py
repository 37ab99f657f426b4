"""Which tests make up which suite."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Suite:
    """A named part of the checkout."""

    name: str
    paths: tuple[str, ...]  # globs below the checkout
    # Whether data files that its tests fetch are built into the module. Where fetch itself is the
    # subject, the test that wants the network fails, and says so.
    has_data_files: bool = True


def _folders(*folders: str) -> tuple[str, ...]:
    return tuple(f"{folder}/**/*.any.js" for folder in folders)


# A test belongs to the first suite that names it.
SUITES = (
    Suite(
        "idl",
        tuple(
            f"{folder}/idlharness*.any.js"
            for folder in (
                "FileAPI",
                "WebCryptoAPI",
                "compression",
                "console",
                "encoding",
                "fetch/api",
                "hr-time",
                "streams",
                "url",
                "websockets",
            )
        ),
    ),
    Suite("fetch-headers", _folders("fetch/api/headers"), has_data_files=False),
    Suite("fetch-request", _folders("fetch/api/request"), has_data_files=False),
    Suite("fetch-response", _folders("fetch/api/response"), has_data_files=False),
    Suite("fetch-body", _folders("fetch/api/body")),
    Suite("fetch-data-urls", _folders("fetch/data-urls")),
    Suite("url", _folders("url")),
    Suite("url-idna", ("url/IdnaTestV2*.window.js",)),
    Suite("encoding", _folders("encoding")),
    Suite("streams", _folders("streams")),
    Suite("fileapi", _folders("FileAPI"), has_data_files=False),
    Suite("formdata", _folders("xhr/formdata")),
    Suite("dom-events", _folders("dom/events")),
    Suite("abort", _folders("dom/abort")),
    Suite("structured-clone", _folders("html/webappapis/structured-clone")),
    Suite(
        "webappapis",
        _folders(
            "html/webappapis/timers",
            "html/webappapis/microtask-queuing",
            "html/webappapis/atob",
            "html/webappapis/scripting",
            "html/webappapis/the-windoworworkerglobalscope-mixin",
        ),
    ),
    Suite("webmessaging", _folders("webmessaging")),
    Suite(
        "digest-hmac",
        tuple(
            f"WebCryptoAPI/{file}.any.js"
            for file in (
                "getRandomValues",
                "randomUUID.https",
                "digest/digest.https",
                "import_export/symmetric_importKey.https",
                "sign_verify/hmac.https",
            )
        ),
    ),
    Suite("console", _folders("console")),
    Suite("hr-time", _folders("hr-time")),
    Suite("mimesniff", _folders("mimesniff")),
)

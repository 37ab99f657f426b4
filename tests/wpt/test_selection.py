"""What is found in a checkout, and what its modules are made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from .checkout import Checkout, NoCheckout
from .data_files import data_files
from .exclusions import Exclusions
from .selection import select
from .substitution import substitute

TESTS = {
    "url/idlharness.any.js": "",
    "url/plain.any.js": "// META: timeout=long\n// META: script=/common/a.js\n",
    "url/varied.any.js": "// A comment.\n// META: variant=?1-10\n// META: variant=?11-last\n",
    "url/of-pages.any.js": "// META: global=window\n",
    "url/of-pages-too.window.js": "",
    "url/framed.any.js": "document.createElement('iframe')",
    "url/late.any.js": "code();\n// META: timeout=long\n",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    files = {
        **TESTS,
        "resources/testharness.js": "",
        "url/data.json": "[]",
        "interfaces/url.idl": "interface URL {};",
        "common/hosts.sub.js": "'{{host}}:{{ports[http][1]}}'",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return Checkout.find(str(tmp_path))


def test_tests_are_found_once_and_variants_apart(checkout: Checkout) -> None:
    tests = [*select(checkout.root, Exclusions.load())]
    assert [(test.suite.name, test.id) for test in tests] == [
        ("idl", "url/idlharness.any.js"),
        ("url", "url/late.any.js"),
        ("url", "url/plain.any.js"),
        ("url", "url/varied.any.js?1-10"),
        ("url", "url/varied.any.js?11-last"),
    ]


def test_meta_is_read_at_the_head_only(checkout: Checkout) -> None:
    tests = {test.id: test for test in select(checkout.root, Exclusions.load())}
    assert tests["url/plain.any.js"].is_long
    assert tests["url/plain.any.js"].meta["script"] == ["/common/a.js"]
    assert not tests["url/late.any.js"].is_long


def test_data_files_are_found_by_what_fetches_them(checkout: Checkout) -> None:
    scripts = [
        "fetch('data.json'); fetch('gone.json'); fetch('http://x/')",
        "idl_test(['url'], [])",
    ]
    found = data_files(checkout, "url/plain.any.js", scripts)
    assert found == {
        "http://web-platform.test:18000/url/data.json": "[]",
        "http://web-platform.test:18000/interfaces/url.idl": "interface URL {};",
    }


def test_templates_are_filled_in_where_the_name_says_so(checkout: Checkout) -> None:
    assert checkout.read("common/hosts.sub.js") == "'web-platform.test:18001'"
    hosts = substitute("{{hosts[alt][www]}} {{domains[élève]}} {{unknown}}", "/a")
    assert hosts == "www.not-web-platform.test xn--lve-6lad.web-platform.test {{unknown}}"


def test_without_a_checkout_the_reason_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NoCheckout, match="is not a checkout"):
        Checkout.find(str(tmp_path))
    monkeypatch.delenv("WPT_DIR", raising=False)
    with pytest.raises(NoCheckout, match="WPT_DIR does not name"):
        Checkout.find()

"""crypto.subtle: digests, and HMAC with imported keys. Vectors: FIPS 180, RFC 2202 and RFC 4231."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from edgehost.bindings import stateless_queries

HELPERS = """
    const { subtle } = crypto;
    const utf8 = (text) => new TextEncoder().encode(text);
    const hex = (buffer) => new Uint8Array(buffer).toHex();
    const bytes = (text) => Uint8Array.fromHex(text);
    const importing = (hash, usages = ['sign', 'verify'], extractable = true, data = utf8('key')) =>
      subtle.importKey('raw', data, { name: 'HMAC', hash }, extractable, usages);
    const nameOf = (promise) => promise.then(() => 'fulfilled', (error) => error.name);
    const whyNot = (promise) => promise.then(() => 'fulfilled', (error) => error.name + ': ' + error.message);
"""


@pytest.fixture
def run(realm: Any) -> Callable[[str], Any]:
    """Evaluates an async expression with the helpers."""
    realm.eval(HELPERS)
    return realm.settle  # type: ignore[no-any-return]


def by_hash(sha1: str, sha256: str, sha384: str, sha512: str) -> dict[str, str]:
    return {"SHA-1": sha1, "SHA-256": sha256, "SHA-384": sha384, "SHA-512": sha512}


DIGESTS = {
    "''": by_hash(
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
    ),
    "'abc'": by_hash(
        "a9993e364706816aba3e25717850c26c9cd0d89d",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    ),
    "'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'": by_hash(
        "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        "3391fdddfc8dc7393707a65b1b4709397cf8b1d162af05abfe8f450de5f36bc6b0455a8520bc4e6f5fe95b1fe3c8452b",
        "204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c33596fd15c13b1b07f9aa1d3bea57789ca031ad85c7a71dd70354ec631238ca3445",
    ),
    "'a'.repeat(1000000)": by_hash(
        "34aa973cd4c4daa4f61eeb2bdbad27316534016f",
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
        "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985",
        "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b",
    ),
}

# The key and the data as expressions.
HMACS = [
    ("'0b'.repeat(20)", "utf8('Hi There')", "SHA-1", "b617318655057264e28bc0b6fb378c8ef146be00"),
    (
        "'0b'.repeat(20)",
        "utf8('Hi There')",
        "SHA-256",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ),
    (
        "'4a656665'",
        "utf8('what do ya want for nothing?')",
        "SHA-256",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (
        "'4a656665'",
        "utf8('what do ya want for nothing?')",
        "SHA-384",
        "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
    ),
    (
        "'aa'.repeat(20)",
        "bytes('dd'.repeat(50))",
        "SHA-512",
        "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb",
    ),
    (
        "'aa'.repeat(131)",
        "utf8('Test Using Larger Than Block-Size Key - Hash Key First')",
        "SHA-256",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
]


@pytest.mark.parametrize("text", DIGESTS)
@pytest.mark.parametrize("spelled", [str.upper, str.lower, str.title])
def test_digests(run: Callable[[str], Any], text: str, spelled: Callable[[str], str]) -> None:
    for name, expected in DIGESTS[text].items():
        assert run(f"hex(await subtle.digest('{spelled(name)}', utf8({text})))") == expected


@pytest.mark.parametrize(("key", "data", "name", "expected"), HMACS)
def test_signatures(
    run: Callable[[str], Any], key: str, data: str, name: str, expected: str
) -> None:
    key = f"await importing('{name}', undefined, false, bytes({key}))"
    assert run(f"hex(await subtle.sign('HMAC', {key}, {data}))") == expected
    assert run(f"await subtle.verify('HMAC', {key}, bytes('{expected}'), {data})") is True


@pytest.mark.parametrize(
    "signature",
    ["'00' + good.slice(2)", "good.slice(0, -2) + '00'", "good.slice(2)", "good + '00'", "''"],
)
def test_another_signature_is_not_verified(run: Callable[[str], Any], signature: str) -> None:
    assert (
        run(
            "(async () => { const key = await importing('SHA-256'), data = utf8('data');"
            "const good = hex(await subtle.sign('HMAC', key, data));"
            f"return subtle.verify('HMAC', key, bytes({signature}), data) }})()"
        )
        is False
    )


@pytest.mark.parametrize(
    "data",
    [
        "utf8('-abc-').subarray(1, 4)",
        "new DataView(utf8('-abc-').buffer, 1, 3)",
        "utf8('abc').buffer",
        "new Int8Array(utf8('abc').buffer)",
    ],
)
def test_every_buffer_source_is_taken(run: Callable[[str], Any], data: str) -> None:
    assert run(f"hex(await subtle.digest('SHA-1', {data}))") == DIGESTS["'abc'"]["SHA-1"]


@pytest.mark.parametrize(
    "data",
    [
        *("'abc'", "[1]", "null", "{}", "new SharedArrayBuffer(1)"),
        "new Uint8Array(new SharedArrayBuffer(1))",
        "new ArrayBuffer(1, { maxByteLength: 2 })",
        "new DataView(new ArrayBuffer(1, { maxByteLength: 2 }))",
    ],
)
def test_what_is_no_buffer_source_rejects(run: Callable[[str], Any], data: str) -> None:
    assert run(f"nameOf(subtle.digest('SHA-1', {data}))") == "TypeError"
    assert run(f"nameOf(importing('SHA-1', ['sign'], true, {data}))") == "TypeError"


def test_the_data_is_taken_once_the_algorithm_is_known(run: Callable[[str], Any]) -> None:
    """Afterwards it may change, or be given away."""
    assert (
        run(
            "(async () => { const data = utf8('xbc');"
            "const digest = subtle.digest({ get name() { data[0] = 97; return 'SHA-1' } }, data);"
            "data[0] = 0; data.buffer.transfer(); return hex(await digest) })()"
        )
        == DIGESTS["'abc'"]["SHA-1"]
    )
    assert (
        run(
            "(async () => { const data = utf8('abc'); data.buffer.transfer();"
            "return hex(await subtle.digest('SHA-1', data)) })()"
        )
        == DIGESTS["''"]["SHA-1"]
    )


def test_a_key_has_a_copy_of_its_bytes(run: Callable[[str], Any]) -> None:
    assert (
        run(
            "(async () => { const data = utf8('key'); const key = await importing('SHA-1', ['sign'], true, data);"
            "data.fill(0); new Uint8Array(await subtle.exportKey('raw', key)).fill(0);"
            "return new TextDecoder().decode(await subtle.exportKey('raw', key)) })()"
        )
        == "key"
    )


# Keys


def test_a_key_says_what_it_is(run: Callable[[str], Any]) -> None:
    assert run(
        "importing('sha-256', ['verify', 'sign', 'verify']).then((key) => [key.type, key.extractable,"
        "key.algorithm, key.usages, Object.prototype.toString.call(key), key.algorithm === key.algorithm,"
        "key.usages === key.usages, key instanceof CryptoKey])"
    ) == [
        "secret",
        True,
        {"name": "HMAC", "length": 24, "hash": {"name": "SHA-256"}},
        ["sign", "verify"],
        "[object CryptoKey]",
        *(True, True, True),
    ]


def test_what_scripts_do_to_its_attributes_changes_nothing(run: Callable[[str], Any]) -> None:
    assert run(
        "(async () => { const key = await importing('SHA-1', ['sign'], false);"
        "key.usages.push('verify'); key.algorithm.name = 'AES'; key.algorithm.hash.name = 'SHA-512';"
        "for (const [name, value] of [['extractable', true], ['usages', []]])"
        "  Object.defineProperty(key, name, { value });"
        "return [(await subtle.sign('HMAC', key, utf8(''))).byteLength,"
        "await nameOf(subtle.verify('HMAC', key, utf8(''), utf8(''))), await nameOf(subtle.exportKey('raw', key))] })()"
    ) == [20, "InvalidAccessError", "InvalidAccessError"]


def test_a_key_is_shown_without_its_bytes(make_realm: Callable[..., Any]) -> None:
    realm = make_realm(
        ops={"log": lambda *_: None},
        queries={**stateless_queries(), "consoleColors": lambda: 0, "consoleLimit": lambda: 0},
    )
    realm.eval(HELPERS + "importing('SHA-256').then((key) => console.log(key)); undefined")
    [(_, (_level, text, *_more))] = realm.isolate.take_ops()
    assert text == (
        "CryptoKey {\n  type: 'secret',\n  extractable: true,\n"
        "  algorithm: { name: 'HMAC', length: 24, hash: { name: 'SHA-256' } },\n"
        "  usages: [ 'sign', 'verify' ]\n}"
    )


@pytest.mark.parametrize("extractable", [True, False])
def test_a_key_is_cloned_as_it_is(run: Callable[[str], Any], extractable: bool) -> None:
    shown = json.dumps(extractable)
    assert run(
        f"(async () => {{ const key = await importing('SHA-256', ['sign'], {shown});"
        "const clone = structuredClone({ key }).key, sign = (key) => subtle.sign('HMAC', key, utf8('a'));"
        "return [clone !== key, clone instanceof CryptoKey, clone.extractable, clone.usages, clone.algorithm.hash.name,"
        "hex(await sign(clone)) === hex(await sign(key)), await nameOf(subtle.exportKey('raw', clone))] })()"
    ) == [
        *(True, True, extractable, ["sign"], "SHA-256", True),
        "fulfilled" if extractable else "InvalidAccessError",
    ]


@pytest.mark.parametrize(
    "reading",
    [
        "Reflect.ownKeys(key).length",
        "Reflect.ownKeys(Object.getPrototypeOf(key)).filter((name) => /handle|slots|bytes/.test(String(name))).length",
        "JSON.stringify(key).includes('k') ? 1 : 0",
        "Object.keys(structuredClone(Object.assign({}, key))).length",
    ],
)
def test_nothing_leads_from_a_key_to_its_bytes(run: Callable[[str], Any], reading: str) -> None:
    run("importing('SHA-256', ['sign'], false).then((key) => { globalThis.key = key })")
    assert run(f"(async () => {reading})()") == 0


@pytest.mark.parametrize(
    ("length", "exported"),
    [("undefined", "ffff"), ("16", "ffff"), ("15", "fffe"), ("9", "ff80")],
)
def test_the_first_bits_make_the_key(run: Callable[[str], Any], length: str, exported: str) -> None:
    assert (
        run(
            "subtle.importKey('raw', bytes('ffff'), { name: 'HMAC', hash: 'SHA-1', length: "
            + length
            + " }, true, ['sign'])"
            ".then((key) => subtle.exportKey('raw', key)).then(hex)"
        )
        == exported
    )


@pytest.mark.parametrize(
    ("length", "name"),
    [
        *(("8", "DataError"), ("0", "DataError"), ("17", "DataError"), ("-1", "TypeError")),
        *(("2 ** 32", "TypeError"), ("NaN", "TypeError"), ("'x'", "TypeError")),
    ],
)
def test_other_lengths_reject(run: Callable[[str], Any], length: str, name: str) -> None:
    assert (
        run(
            "nameOf(subtle.importKey('raw', bytes('ffff'), { name: 'HMAC', hash: 'SHA-1', length: "
            + length
            + " }, true, ['sign']))"
        )
        == name
    )


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ("'raw', new Uint8Array(), HS, true, ['sign']", "DataError"),
        ("'raw', utf8('k'), HS, true, []", "SyntaxError"),
        ("'raw', utf8('k'), HS, true, ['sign', 'encrypt']", "SyntaxError"),
        ("'raw', new Uint8Array(), HS, true, ['encrypt']", "SyntaxError"),
        ("'raw', utf8('k'), HS, true, ['signs']", "TypeError"),
        ("'raw', utf8('k'), HS, true, null", "TypeError"),
        ("'raw', utf8('k'), HS, true", "TypeError"),
        ("'raw', { kty: 'oct', k: 'AA' }, HS, true, ['sign']", "TypeError"),
        ("'jwk', utf8('k'), HS, true, ['sign']", "TypeError"),
        ("'jwk', 'text', HS, true, ['sign']", "TypeError"),
        ("'RAW', utf8('k'), HS, true, ['sign']", "TypeError"),
        ("'spki', utf8('k'), HS, true, ['sign']", "NotSupportedError"),
        ("'pkcs8', utf8('k'), HS, true, ['sign']", "NotSupportedError"),
        ("'raw', utf8('k'), 'HMAC', true, ['sign']", "TypeError"),
        ("'raw', utf8('k'), { name: 'HMAC', hash: 'MD5' }, true, ['sign']", "NotSupportedError"),
        ("'raw', utf8('k'), { name: 'HMAC', hash: {} }, true, ['sign']", "TypeError"),
        ("'raw', utf8('k'), { hash: 'SHA-1' }, true, ['sign']", "TypeError"),
        ("'raw', utf8('k'), 'AES-GCM', true, ['sign']", "NotSupportedError"),
    ],
)
def test_imports_that_reject(run: Callable[[str], Any], arguments: str, name: str) -> None:
    arguments = arguments.replace("HS", "{ name: 'HMAC', hash: { name: 'SHA-1' } }", 1)
    assert run(f"nameOf(subtle.importKey({arguments}))") == name


# JSON Web Keys


@pytest.mark.parametrize(
    ("hash_", "alg"),
    [("SHA-1", "HS1"), ("SHA-256", "HS256"), ("SHA-384", "HS384"), ("SHA-512", "HS512")],
)
def test_a_key_goes_through_jwk(run: Callable[[str], Any], hash_: str, alg: str) -> None:
    exported = f"importing('{hash_}', ['sign'], true, bytes('fbff')).then((key) => subtle.exportKey('jwk', key))"
    assert run(exported) == {
        "alg": alg,
        "ext": True,
        "k": "-_8",
        "key_ops": ["sign"],
        "kty": "oct",
    }
    assert run(
        f"{exported}.then((jwk) => subtle.importKey('jwk', jwk, {{ name: 'HMAC', hash: '{hash_}' }}, false, ['sign']))"
        ".then((key) => [key.extractable, key.usages, key.algorithm.length])"
    ) == [False, ["sign"], 16]


@pytest.mark.parametrize(
    ("members", "name"),
    [
        ("", "fulfilled"),
        ("use: 'sig'", "fulfilled"),
        ("alg: 'HS256', ext: true, key_ops: ['verify', 'sign', 'other']", "fulfilled"),
        ("kty: undefined", "DataError"),
        ("kty: 'OCT'", "DataError"),
        ("k: undefined", "DataError"),
        ("k: ''", "DataError"),
        ("k: 'A'", "DataError"),
        ("k: 'AA=='", "DataError"),
        ("k: 'A A'", "DataError"),
        ("k: '+/8'", "DataError"),
        ("alg: 'HS512'", "DataError"),
        ("use: 'enc'", "DataError"),
        ("key_ops: ['verify']", "DataError"),
        ("key_ops: ['sign', 'sign']", "DataError"),
        ("key_ops: 'sign'", "TypeError"),
        ("ext: false", "DataError"),
    ],
)
def test_what_a_jwk_says_is_heeded(run: Callable[[str], Any], members: str, name: str) -> None:
    assert (
        run(
            f"nameOf(subtle.importKey('jwk', {{ kty: 'oct', k: '-_8', {members} }}, {{ name: 'HMAC', hash: 'SHA-256' }}, true, ['sign']))"
        )
        == name
    )


def test_what_is_not_extractable_may_be_imported_as_such(run: Callable[[str], Any]) -> None:
    assert (
        run(
            "subtle.importKey('jwk', { kty: 'oct', k: '-_8', ext: false }, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])"
            ".then((key) => nameOf(subtle.exportKey('spki', key)))"
        )
        == "InvalidAccessError"
    )


# Refusals


def test_a_key_is_used_as_it_was_imported_for(run: Callable[[str], Any]) -> None:
    why = run(
        "importing('SHA-1', ['verify']).then((key) => whyNot(subtle.sign('HMAC', key, utf8(''))))"
    )
    assert why.startswith("InvalidAccessError: ") and "'sign'" in why


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("digest('MD5', new Uint8Array())", "digest: the algorithm 'MD5'"),
        ("digest('SHA-25\\u017f', new Uint8Array())", "digest: the algorithm 'SHA-25\u017f'"),
        ("digest('\\u017fHA-256', new Uint8Array())", "digest: the algorithm '\u017fHA-256'"),
        ("digest('toString', new Uint8Array())", "digest: the algorithm 'toString'"),
        ("sign('ECDSA', key, new Uint8Array())", "sign: the algorithm 'ECDSA'"),
        (
            "verify('Ed25519', key, new Uint8Array(), new Uint8Array())",
            "verify: the algorithm 'Ed25519'",
        ),
        ("exportKey('spki', key)", "exportKey: HMAC has no format 'spki'"),
        ("encrypt({ name: 'AES-GCM' }, null, null)", "encrypt: the algorithm 'AES-GCM'"),
        ("decrypt('AES-CBC', null, null)", "decrypt: the algorithm 'AES-CBC'"),
        (
            "generateKey({ name: 'HMAC', hash: 'SHA-1' }, true, ['sign'])",
            "generateKey: the algorithm 'HMAC'",
        ),
        ("deriveKey('HKDF', null, null, true, [])", "deriveKey: the algorithm 'HKDF'"),
        ("deriveBits('PBKDF2', null)", "deriveBits: the algorithm 'PBKDF2'"),
        ("wrapKey('raw', null, null, 'AES-KW')", "wrapKey: the algorithm 'AES-KW'"),
        (
            "unwrapKey('raw', null, null, 'AES-KW', null, true, [])",
            "unwrapKey: the algorithm 'AES-KW'",
        ),
    ],
)
def test_what_is_not_there_says_so(run: Callable[[str], Any], call: str, said: str) -> None:
    why = run(f"importing('SHA-1').then((key) => whyNot(subtle.{call}))")
    assert why.startswith("NotSupportedError: SubtleCrypto." + said)


@pytest.mark.parametrize(
    ("method", "length"),
    [
        *(("digest", 2), ("sign", 3), ("verify", 4), ("importKey", 5), ("exportKey", 2)),
        *(("encrypt", 3), ("decrypt", 3), ("generateKey", 3), ("deriveKey", 5)),
        *(("deriveBits", 2), ("wrapKey", 4), ("unwrapKey", 7)),
    ],
)
def test_every_method_rejects_and_never_throws(
    run: Callable[[str], Any], method: str, length: int
) -> None:
    assert run(
        f"(async () => [subtle.{method}.length, await nameOf(subtle.{method}()), await nameOf(subtle.{method}.call({{}}))])()"
    ) == [length, "TypeError", "TypeError"]


def test_interfaces_have_no_constructor_for_scripts(realm: Any) -> None:
    for name in ("SubtleCrypto", "CryptoKey"):
        assert realm.eval(
            f"try {{ new {name}() }} catch (error) {{ error.name + error.message }}"
        ) == ("TypeErrorIllegal constructor")
    assert realm.eval("crypto.subtle === crypto.subtle && crypto.subtle instanceof SubtleCrypto")


def test_texts_are_compared_by_their_digests(run: Callable[[str], Any]) -> None:
    """As frameworks compare a password."""
    assert run(
        "(async () => { const of = async (text) => hex(await subtle.digest({ name: 'SHA-256' }, utf8(text)));"
        "return [await of('secret') === await of('secret'), await of('secret') === await of('Secret')] })()"
    ) == [True, False]

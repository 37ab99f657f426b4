"""The shape of every interface on the global object, as Web IDL asks for it: one rule a test.

https://webidl.spec.whatwg.org/#js-interfaces
"""

from __future__ import annotations

from typing import Any

import pytest

from edgehost.engine import capi

SURVEY = """
const engineNames = new Set(%s);
const interfaces = Object.getOwnPropertyNames(globalThis)
  .filter((name) => !engineNames.has(name) && /^[A-Z]/.test(name) && typeof globalThis[name] === 'function')
  .map((name) => ({ name, Class: globalThis[name], prototype: globalThis[name].prototype }));

function* membersOf({ name, Class, prototype }) {
  for (const [target, isStatic] of [[prototype, false], [Class, true]]) {
    for (const key of Reflect.ownKeys(target)) {
      if (typeof key !== 'string' || (isStatic ? ['length', 'name', 'prototype'] : ['constructor']).includes(key)) continue;

      const { get, set, value, ...flags } = Object.getOwnPropertyDescriptor(target, key);

      yield { label: `${name}.${isStatic ? '' : 'prototype.'}${key}`, key, get, set, value, flags, isStatic };
    }
  }
}

const members = interfaces.flatMap((each) => [...membersOf(each)]);
const functionsOf = ({ label, get, set, value }) => [[label, value], [`get ${label}`, get], [`set ${label}`, set]]
  .filter(([, member]) => typeof member === 'function');
const instanceFunctions = members.filter(({ isStatic }) => !isStatic).flatMap(functionsOf);
const promising = new RegExp('^(get )?(?!FileReader)[A-Za-z]*(Blob|Request|Response|Stream|Reader|Writer)[.]prototype[.]'
  + '(arrayBuffer|blob|bytes|formData|json|text|pipeTo|read|write|closed|ready|abort|cancel|close)$');
const isConstructor = (value) => {
  try {
    Reflect.construct(Object, [], value);

    return true;
  } catch {
    return false;
  }
};
const refuses = (act) => {
  try {
    return act();
  } catch (error) {
    return error instanceof TypeError;
  }
};
const rejected = async (result) => result === true
  || (result instanceof Promise && result.then(() => false, (error) => error instanceof TypeError));
const rejects = (act) => {
  try {
    return rejected(act());
  } catch {
    return false;
  }
};
const offenders = async (list, label, obeys) => {
  const found = [];

  for (const each of list) if (!await obeys(each)) found.push(label(each));

  return found;
};
const broken = {
  interfaces: (obeys) => offenders(interfaces, ({ name }) => name, obeys),
  members: (obeys) => offenders(members, ({ label }) => label, obeys),
  functions: (obeys) => offenders(members.flatMap(functionsOf), ([label]) => label, obeys),
  receivers: (obeys) => offenders(instanceFunctions, ([label]) => label, obeys),
};
"""

RULES = {
    "an interface is a hidden property of the global object": """broken.interfaces(({ name }) => {
        const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(globalThis, name);
        return writable && !enumerable && configurable;
    })""",
    "an interface has its name": "broken.interfaces(({ name, Class }) => Class.name === name)",
    "an interface is called with new only": "broken.interfaces(({ Class }) => refuses(() => Class('a', 'b')))",
    "a prototype cannot be exchanged": """broken.interfaces(({ Class }) => {
        const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(Class, 'prototype');
        return !writable && !enumerable && !configurable;
    })""",
    "a prototype names its constructor, hidden": """broken.interfaces(({ Class, prototype }) => {
        const { value, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(prototype, 'constructor');
        return value === Class && writable && !enumerable && configurable;
    })""",
    "a prototype has a string tag": """broken.interfaces(({ name, prototype }) => {
        const { value, writable, enumerable, configurable } =
            Object.getOwnPropertyDescriptor(prototype, Symbol.toStringTag);
        return value === name && !writable && !enumerable && configurable;
    })""",
    "an inherited interface is the prototype of the class": """broken.interfaces(({ Class, prototype }) => {
        const parent = Object.getPrototypeOf(prototype);
        return parent === Object.prototype || parent === Error.prototype
            ? Object.getPrototypeOf(Class) === Function.prototype
            : Object.getPrototypeOf(Class) === parent.constructor;
    })""",
    "a member shows in enumerations": "broken.members(({ flags }) => flags.enumerable)",
    "a member can be replaced, a constant cannot": """broken.members(({ flags, get, value }) =>
        typeof value === 'number'
            ? !flags.writable && !flags.configurable
            : flags.configurable && (get !== undefined || flags.writable))""",
    "a member that is no function is a constant": """broken.members(({ get, value, key }) =>
        get !== undefined || typeof value === 'function' || (typeof value === 'number' && key === key.toUpperCase()))""",
    "a member's function has its name": """broken.members(({ key, get, set, value }) =>
        get !== undefined
            ? get.name === `get ${key}` && (set === undefined || set.name === `set ${key}`)
            : typeof value === 'number' || value.name === key)""",
    "a member's function is no constructor": """broken.functions(([, member]) =>
        !isConstructor(member) && !Object.hasOwn(member, 'prototype'))""",
    "a member refuses a receiver of another class": """broken.receivers(([, member]) =>
        rejected(refuses(() => member.call({}, ...Array(member.length).fill({})))))""",
    "a member that promises rejects, and does not throw": """broken.receivers(([label, member]) =>
        !promising.test(label) || rejects(() => member.call({}, {})))""",
    "a member refuses its own prototype": """broken.members(async ({ isStatic, label, ...member }) => isStatic
        || offenders(functionsOf({ label, ...member }), () => '', ([, method]) => {
            const prototype = globalThis[label.split('.')[0]].prototype;
            return rejected(refuses(() => method.call(prototype, ...Array(method.length).fill({}))));
        }).then((found) => found.length === 0))""",
}


@pytest.fixture
def survey(realm: Any) -> Any:
    of_engine = capi.quickjs.Context().eval(
        "JSON.stringify(Object.getOwnPropertyNames(globalThis))"
    )
    realm.eval(SURVEY % of_engine.replace('"DOMException",', ""))
    return realm


@pytest.mark.parametrize("rule", RULES)
def test_every_interface_has_the_shape_of_the_standard(survey: Any, rule: str) -> None:
    assert survey.settle(RULES[rule]) == []


def test_the_survey_sees_all_interfaces(survey: Any) -> None:
    names = survey.eval("interfaces.map(({ name }) => name)")
    assert {"AbortSignal", "Crypto", "DOMException", "Event", "Headers", "WebSocket"} <= set(names)
    assert survey.eval("members.length") > 200


OPERATIONS = [
    "atob",
    "btoa",
    "clearInterval",
    "clearTimeout",
    "fetch",
    "queueMicrotask",
    "reportError",
    "setInterval",
    "setTimeout",
    "structuredClone",
]


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_of_the_global_object_has_the_shape_of_the_standard(
    realm: Any, name: str
) -> None:
    realm.eval(f"void globalThis.{name}")  # may evaluate a part of the runtime
    assert realm.eval(
        "((name) => { const { value, ...flags } = Object.getOwnPropertyDescriptor(globalThis, name);"
        "const takes = ['clearInterval', 'clearTimeout'].includes(name) ? 0 : 1; let constructed = true;"
        "try { Reflect.construct(Object, [], value) } catch { constructed = false }"
        "return [flags, value.name, value.length === takes, Object.hasOwn(value, 'prototype'), constructed]"
        f"}})('{name}')"
    ) == [{"writable": True, "enumerable": True, "configurable": True}, name, True, False, False]


@pytest.mark.parametrize(
    "name", [name for name in OPERATIONS if not name.startswith(("clear", "fetch"))]
)
def test_an_operation_asks_for_its_argument(realm: Any, name: str) -> None:
    assert realm.eval(
        f"(() => {{ try {{ {name}() }} catch (error) {{ return error instanceof TypeError }} return false }})()"
    )


def test_an_iterator_of_pairs_serves_its_own_interface_only(realm: Any) -> None:
    assert realm.eval(
        "const [ofHeaders, ofParams] = [new Headers([['a', 'b']]), new URLSearchParams('c=d')].map((it) => it.keys());"
        "let refused; try { ofHeaders.next.call(ofParams) } catch (error) { refused = error instanceof TypeError }"
        "const prototype = Object.getPrototypeOf(ofHeaders);"
        "[refused, String(ofHeaders), Object.keys(prototype), Object.hasOwn(prototype, 'constructor'), ofHeaders.next()]"
    ) == [True, "[object Headers Iterator]", ["next"], False, {"value": "a", "done": False}]

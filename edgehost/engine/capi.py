"""The functions of the engine's C API that its Python binding does not offer.

The binding's extension module exports them, and its context object begins with the two pointers
they need. Both are checked when this module is imported. One rule keeps this safe: nothing here
runs JavaScript. These calls only compile, copy, or answer; whatever runs code goes through the
binding, which alone hands the GIL back and forth correctly.
"""

from __future__ import annotations

import ctypes as c
import sys
from typing import Any

from edgehost.errors import ConfigError

Pointer = c.c_void_p


class JSValue(c.Structure):
    """A JavaScript value as the engine passes it on 64-bit machines: 8 bytes of payload and a tag."""

    _fields_ = [("payload", c.c_uint64), ("tag", c.c_int64)]


class PropertyDescriptor(c.Structure):
    """What a property is; a getter stands in the place of the value where the flags say so."""

    _fields_ = [("flags", c.c_int), ("value", JSValue), ("getter", JSValue), ("setter", JSValue)]


EVAL_MODULE, EVAL_COMPILE_ONLY = 1, 1 << 5
TAG_OBJECT, TAG_BOOL, TAG_UNDEFINED, TAG_EXCEPTION = -1, 1, 3, 6
STRING_TAGS = (-7, -6)  # flat, and a rope
BYTE_ARRAYS = (0, 2)  # types of typed arrays: Uint8ClampedArray, Uint8Array
HAS_GETTER = 1 << 4  # flag of a property
BYTECODE, STRIP_SOURCE = 1 << 0, 1 << 4  # flags of JS_WriteObject and JS_ReadObject


def _load() -> tuple[c.CDLL, Any]:
    try:
        import _quickjs
        import quickjs
    except ImportError as error:
        raise ConfigError(
            f"the JavaScript engine is missing: pip install quickjs-ng ({error})"
        ) from error
    if sys.maxsize < 2**32:
        raise ConfigError(
            "edgehost needs a 64-bit Python: the engine lays its values out differently on 32 bits"
        )
    library = c.CDLL(_quickjs.__file__)
    if not hasattr(library, "JS_NewStringUTF16"):
        raise ConfigError(_why_not_usable())
    return library, quickjs


def _why_not_usable() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        archived = version("quickjs")
    except PackageNotFoundError:
        return (
            "this build of quickjs-ng does not export the engine's C API, which edgehost needs; "
            "use the wheel from PyPI on Linux or macOS"
        )
    return (
        f"the archived package quickjs {archived} is installed and shadows quickjs-ng: both own the module "
        "'quickjs'. Run: pip uninstall -y quickjs && pip install --force-reinstall quickjs-ng"
    )


library, quickjs = _load()


def _declare(name: str, result: Any, *arguments: Any) -> Any:
    function = getattr(library, name)
    function.restype, function.argtypes = result, list(arguments)
    return function


get_runtime = _declare("JS_GetRuntime", Pointer, Pointer)
get_version = _declare("JS_GetVersion", c.c_char_p)
free_value = _declare("JS_FreeValue", None, Pointer, JSValue)
dup_value = _declare("JS_DupValue", JSValue, Pointer, JSValue)

set_interrupt_handler = _declare("JS_SetInterruptHandler", None, Pointer, Pointer, Pointer)
set_rejection_tracker = _declare(
    "JS_SetHostPromiseRejectionTracker", None, Pointer, Pointer, Pointer
)
set_module_loader = _declare("JS_SetModuleLoaderFunc", None, Pointer, Pointer, Pointer, Pointer)
set_module_normalizer = _declare("JS_SetModuleNormalizeFunc2", None, Pointer, Pointer)
collect = _declare("JS_RunGC", None, Pointer)
set_max_stack_size = _declare("JS_SetMaxStackSize", None, Pointer, c.c_size_t)
set_gc_threshold = _declare("JS_SetGCThreshold", None, Pointer, c.c_size_t)

compile_source = _declare("JS_Eval", JSValue, Pointer, c.c_char_p, c.c_size_t, c.c_char_p, c.c_int)
write_object = _declare("JS_WriteObject", Pointer, Pointer, c.POINTER(c.c_size_t), JSValue, c.c_int)
read_object = _declare("JS_ReadObject", JSValue, Pointer, c.c_char_p, c.c_size_t, c.c_int)
get_import_meta = _declare("JS_GetImportMeta", JSValue, Pointer, Pointer)
throw_type_error = _declare("JS_ThrowTypeError", JSValue, Pointer, c.c_char_p)
throw_value = _declare("JS_Throw", JSValue, Pointer, JSValue)
duplicate_chars = _declare("js_strndup", Pointer, Pointer, c.c_char_p, c.c_size_t)
free_memory = _declare("js_free", None, Pointer, Pointer)

view_memory = _declare(
    "JS_NewArrayBuffer",
    JSValue,
    *(Pointer, Pointer, c.c_size_t, c.c_size_t, Pointer, Pointer, c.c_bool),
)
set_immutable = _declare("JS_SetImmutableArrayBuffer", c.c_int, JSValue, c.c_bool)
new_array_buffer = _declare("JS_NewArrayBufferCopy", JSValue, Pointer, c.c_char_p, c.c_size_t)
new_string_utf8 = _declare("JS_NewStringLen", JSValue, Pointer, c.c_char_p, c.c_size_t)
new_string_utf16 = _declare("JS_NewStringUTF16", JSValue, Pointer, c.c_char_p, c.c_size_t)
get_array_buffer = _declare("JS_GetArrayBuffer", Pointer, Pointer, c.POINTER(c.c_size_t), JSValue)
get_uint8_array = _declare("JS_GetUint8Array", Pointer, Pointer, c.POINTER(c.c_size_t), JSValue)
get_typed_array_type = _declare("JS_GetTypedArrayType", c.c_int, JSValue)
is_array_buffer = _declare("JS_IsArrayBuffer", c.c_bool, JSValue)
get_own_property = _declare(
    "JS_GetOwnProperty", c.c_int, Pointer, c.POINTER(PropertyDescriptor), JSValue, c.c_uint32
)
new_index = _declare("JS_NewAtomUInt32", c.c_uint32, Pointer, c.c_uint32)
define_element = _declare(
    "JS_DefinePropertyValueUint32", c.c_int, Pointer, JSValue, c.c_uint32, JSValue, c.c_int
)
define_property = _declare(
    "JS_DefinePropertyValueStr", c.c_int, Pointer, JSValue, c.c_char_p, JSValue, c.c_int
)
define_accessor = _declare(
    "JS_DefinePropertyGetSet", c.c_int, Pointer, JSValue, c.c_uint32, JSValue, JSValue, c.c_int
)
new_atom = _declare("JS_NewAtom", c.c_uint32, Pointer, c.c_char_p)
to_chars = _declare("JS_ToCStringLen2", Pointer, Pointer, c.POINTER(c.c_size_t), JSValue, c.c_bool)
to_chars_utf16 = _declare("JS_ToCStringLenUTF16", Pointer, Pointer, c.POINTER(c.c_size_t), JSValue)
get_class_id = _declare("JS_GetClassID", c.c_uint32, JSValue)
get_class_name = _declare("JS_GetClassName", c.c_uint32, Pointer, c.c_uint32)
atom_to_string = _declare("JS_AtomToString", JSValue, Pointer, c.c_uint32)
free_atom = _declare("JS_FreeAtom", None, Pointer, c.c_uint32)
script_name = _declare("JS_GetScriptOrModuleName", c.c_uint32, Pointer, c.c_int)
is_proxy = _declare("JS_IsProxy", c.c_bool, JSValue)
get_proxy_target = _declare("JS_GetProxyTarget", JSValue, Pointer, JSValue)
get_proxy_handler = _declare("JS_GetProxyHandler", JSValue, Pointer, JSValue)
get_property = _declare("JS_GetPropertyStr", JSValue, Pointer, JSValue, c.c_char_p)
get_prototype = _declare("JS_GetPrototype", JSValue, Pointer, JSValue)
set_prototype = _declare("JS_SetPrototype", c.c_int, Pointer, JSValue, JSValue)
promise_state = _declare("JS_PromiseState", c.c_int, Pointer, JSValue)
promise_result = _declare("JS_PromiseResult", JSValue, Pointer, JSValue)
to_json = _declare("JS_JSONStringify", JSValue, Pointer, JSValue, JSValue, JSValue)
get_exception = _declare("JS_GetException", JSValue, Pointer)
free_chars = _declare("JS_FreeCString", None, Pointer, Pointer)
free_chars_utf16 = _declare("JS_FreeCStringUTF16", None, Pointer, Pointer)

CONFIGURABLE, WRITABLE, ENUMERABLE = 1 << 0, 1 << 1, 1 << 2
ALL_ATTRIBUTES = CONFIGURABLE | WRITABLE | ENUMERABLE

# runtime, opaque -> 1 to interrupt
Interrupt = c.CFUNCTYPE(c.c_int, Pointer, Pointer)
# context, promise, reason, whether it is handled now, opaque
RejectionTracker = c.CFUNCTYPE(None, Pointer, JSValue, JSValue, c.c_bool, Pointer)
# context, importing module's name, specifier, import attributes, opaque -> name allocated by js_malloc
# The attributes are a JSValue in two registers, here its two words: for each structure ctypes makes an object.
Normalizer = c.CFUNCTYPE(Pointer, Pointer, c.c_char_p, c.c_char_p, c.c_uint64, c.c_int64, Pointer)
# context, name, opaque -> module
Loader = c.CFUNCTYPE(Pointer, Pointer, c.c_char_p, Pointer)

_HEADER = object.__basicsize__  # what every Python object begins with
_WORD = c.sizeof(Pointer)
_HEAP_SIZE = 6 * _WORD  # in a runtime: behind the five functions of its allocator and a count
_HEAP_LIMIT = 7 * _WORD
_RUNTIME_WORDS = 180  # a runtime has more
_CONTEXT_WORDS = 160  # of 32 bits; a context has more
_ROUNDS = 50  # of a loop


def pointers(context: Any) -> tuple[int, int]:
    """The JSRuntime and the JSContext of a binding's context: its first two fields."""
    fields = id(context) + _HEADER
    runtime, ctx = Pointer.from_address(fields).value, Pointer.from_address(fields + _WORD).value
    assert runtime is not None and ctx is not None
    return runtime, ctx


def heap_size(runtime: int) -> c.c_size_t:
    """How many bytes the runtime's heap has: a view, which costs nothing to read."""
    return c.c_size_t.from_address(runtime + _HEAP_SIZE)


def stack_top(runtime: int) -> c.c_size_t:
    """From where the engine measures how much of the stack is used: a view.

    The binding sets it whenever it enters the engine. Whoever writes it sets the stack's size once more.
    """
    return c.c_size_t.from_address(runtime + _STACK_TOP)


def job_queue(ctx: int) -> JSValue:
    """Where the runtime's queue of jobs begins, as an ArrayBuffer that nobody can write to.

    It holds one address, the queue's own while no job waits.
    """
    view: JSValue = view_memory(ctx, get_runtime(ctx) + _JOB_QUEUE, _WORD, 0, None, None, False)
    set_immutable(view, True)
    return view


def interrupt_counter(ctx: int) -> c.c_int32:
    """How many jumps and calls are left until the engine asks the interrupt handler: a view.

    Whoever writes 1 has it ask at the next.
    """
    return c.c_int32.from_address(ctx + _INTERRUPT_COUNTER)


def value_of(handle: Any) -> JSValue:
    """The value inside a `quickjs.Object`: behind the pointer to its context. A view, not a copy."""
    return JSValue.from_address(id(handle) + _HEADER + _WORD)


def running_module(ctx: int) -> str:
    """The module whose code runs, or that called the built-in function that runs; "" for none."""
    for level in range(8):
        if atom := script_name(ctx, level):
            name = text_of_atom(ctx, atom)
            free_atom(ctx, atom)
            return name
    return ""


def text_of_atom(ctx: int, atom: int) -> str:
    return _take_text(ctx, atom_to_string(ctx, atom))


def json_of(ctx: int, value: JSValue) -> str:
    """An object of plain texts, which no code of a function can see, as JSON; "" where the heap is full."""
    undefined = JSValue(0, TAG_UNDEFINED)
    return _take_text(ctx, to_json(ctx, value, undefined, undefined))


def _take_text(ctx: int, text: JSValue) -> str:
    """A string's text, and frees it; "" for an exception."""
    if text.tag == TAG_EXCEPTION:
        return ""
    size = c.c_size_t()
    chars = to_chars(ctx, c.byref(size), text, False)
    free_value(ctx, text)
    try:
        return c.string_at(chars, size.value).decode() if chars else ""
    finally:
        if chars:
            free_chars(ctx, chars)


def compile_module(ctx: int, name: str, source: bytes) -> JSValue:
    """A module, or an exception value with the SyntaxError pending in the context."""
    flags = EVAL_MODULE | EVAL_COMPILE_ONLY
    return compile_source(ctx, source, len(source), name.encode(), flags)  # type: ignore[no-any-return]


def take_error(ctx: int) -> tuple[str, str]:
    """Message and stack of the error that is pending in a context where no JavaScript ever runs."""
    error = get_exception(ctx)
    message, stack = (
        _take_text(ctx, get_property(ctx, error, name)) for name in (b"message", b"stack")
    )
    free_value(ctx, error)
    return message, stack


def throw_at(ctx: int, error: JSValue, message: str, file: str, line: int, column: int) -> None:
    """An error of the class of another, which is freed, at a place in a file. line, column: from 1."""
    prototype = get_prototype(ctx, error)
    free_value(ctx, error)
    throw_syntax_error(ctx, message, file, line, column)
    placed = get_exception(ctx)
    set_prototype(ctx, placed, prototype)
    free_value(ctx, prototype)
    throw_value(ctx, placed)


def throw_syntax_error(ctx: int, message: str, file: str, line: int, column: int) -> None:
    """A SyntaxError at a place in a file that the engine never saw. line, column: from 1."""
    # Only the parser can make one that has a place.
    compile_module(ctx, file, b"\n" * (line - 1) + b" " * (column - 1) + b")")
    error = get_exception(ctx)
    text = message.encode(errors="backslashreplace")
    value = new_string_utf8(ctx, text, len(text))
    define_property(ctx, error, b"message", value, CONFIGURABLE | WRITABLE)
    throw_value(ctx, error)


def is_script(ctx: int, source: bytes) -> bool:
    """Whether a text parses as JavaScript outside a module."""
    value = compile_source(ctx, source, len(source), b"<script>", EVAL_COMPILE_ONLY)
    failed: bool = value.tag == TAG_EXCEPTION
    free_value(ctx, get_exception(ctx) if failed else value)
    return not failed


_SOME_LIMIT = 123_456_789
_SOME_STACK = 1_234_560
_SOME_POINTER = 0x1234_5678_9ABC


def _find_job_queue(context: Any) -> int:
    """Where a runtime has its queue of jobs: behind what the rejection tracker is called with.

    0 when there is none.
    """
    runtime = pointers(context)[0]
    set_rejection_tracker(runtime, None, _SOME_POINTER)
    words = list((c.c_size_t * _RUNTIME_WORDS).from_address(runtime))
    offset = (words.index(_SOME_POINTER) + 1) * _WORD if _SOME_POINTER in words else 0
    first = c.c_size_t.from_address(runtime + offset)
    was_empty = first.value == runtime + offset
    context.eval("Promise.resolve().then(() => {})")
    return offset if was_empty and first.value != runtime + offset else 0


def _find_stack_top(context: Any) -> int:
    """Where a runtime says where its stack begins: between the size of the stack and where it ends.

    0 when there is no such place.
    """
    runtime = pointers(context)[0]
    set_max_stack_size(runtime, _SOME_STACK)
    words = list((c.c_size_t * _RUNTIME_WORDS).from_address(runtime))
    at = words.index(_SOME_STACK) + 1 if _SOME_STACK in words else 0
    return at * _WORD if at and words[at] - words[at + 1] == _SOME_STACK else 0


def _find_interrupt_counter(context: Any) -> int:
    """Where a context counts jumps and calls down: the one word that falls as loops of a known length say.

    0 when there is none, or several that could be it.
    """
    ctx = pointers(context)[1]
    loop = context.eval("((rounds) => { for (let i = 0; i < rounds; i++); })")
    before = []
    for rounds in (0, _ROUNDS, 2 * _ROUNDS):
        before.append(list((c.c_int32 * _CONTEXT_WORDS).from_address(ctx)))
        loop(rounds)
    after = list((c.c_int32 * _CONTEXT_WORDS).from_address(ctx))
    falls = zip(*before, after, strict=True)
    found = [
        index
        for index, (first, second, third, last) in enumerate(falls)
        if last > 0 and third - last - (second - third) == second - third - (first - second) > 0
    ]
    return found[0] * c.sizeof(c.c_int32) if len(found) == 1 else 0


def _verify() -> tuple[int, int, int]:
    """Checks the layouts that this module relies on.

    Returns where a runtime has its job queue and the top of its stack, and a context the counter of
    `interrupt_counter`.
    Raises ConfigError when the installed engine has others.
    """
    context = quickjs.Context()
    runtime, ctx = pointers(context)
    handle = context.eval("new Uint8Array([7])")
    context.set_memory_limit(_SOME_LIMIT)
    job_queue, counter = _find_job_queue(context), _find_interrupt_counter(context)
    top = _find_stack_top(context)
    if (
        get_runtime(ctx) != runtime
        or get_typed_array_type(value_of(handle)) < 0
        or c.c_size_t.from_address(runtime + _HEAP_LIMIT).value != _SOME_LIMIT
        or heap_size(runtime).value != context.memory()["malloc_size"]
        or not job_queue
        or not counter
        or not top
    ):
        raise ConfigError(
            f"quickjs-ng with engine {get_version().decode()} is laid out differently than edgehost expects; "
            "install the version range that edgehost asks for"
        )
    return job_queue, top, counter


_JOB_QUEUE, _STACK_TOP, _INTERRUPT_COUNTER = _verify()

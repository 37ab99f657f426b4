"""Host half of console: records to lines on two text streams. Twin: runtime_js/console/console.js

https://console.spec.whatwg.org/. A record is one `console` call, an uncaught error, or a line of
the host itself. Pretty lines begin with the function's name; JSON lines have the keys of Azion's
Functions Event Collector in their short form. Lines of one pass of the event loop leave in one
write for each stream; without a running loop they leave at once.

No stream is waited for, unless by the Console's patience: see docs/decisions/0016.
"""

from edgehost.bindings.console.records import Console

__all__ = ["Console"]

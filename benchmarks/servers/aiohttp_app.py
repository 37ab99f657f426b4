"""A plain aiohttp.web application, as its own manual shows it.  aiohttp_app.py hello PORT"""

from __future__ import annotations

import sys

from aiohttp import web


async def hello(request: web.Request) -> web.Response:
    return web.Response(text="hello world")


app = web.Application()
app.router.add_get("/", hello)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[2]), access_log=None, print=None)

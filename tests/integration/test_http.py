async def test_hello(serve):
    server = await serve("export default { fetch(request) { console.log('hi'); return new Response('hello'); } };")
    assert await server.text() == "hello"
    raw = await server.raw()
    raw.get()
    answer = await raw.answer()
    print(answer)
    assert "hi" in server.stdout
    import asyncio
    print(asyncio.get_running_loop())
async def test_tls(serve, trusting):
    server = await serve("export default { fetch(request) { return new Response(request.url); } };", tls=True)
    print(await server.text(f"https://localhost:{server.port}/", ssl=trusting))

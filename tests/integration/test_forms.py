"""Forms as a client sends them, and as a function sends them back."""

from __future__ import annotations

import io
import os

import aiohttp

# POST a form, get its entries; POST /file, get the file back; POST /form, get the form back.
FORMS = """
export default {
  async fetch(request) {
    const form = await request.formData();

    switch (new URL(request.url).pathname) {
      case '/file': {
        const file = form.get('file');

        return new Response(file, { headers: { 'x-name': encodeURIComponent(file.name) } });
      }

      case '/form':
        return new Response(form);

      default:
        return Response.json([...form].map(([name, value]) => [name, value.name ?? value, value.type ?? null]));
    }
  },
};
"""


def upload(data: bytes, filename: str = "a.bin") -> aiohttp.FormData:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("note", "grüße\n🙂")
    form.add_field("file", io.BytesIO(data), filename=filename, content_type="image/PNG")
    return form


async def test_the_entries_of_a_multipart_form(serve):
    server = await serve(FORMS)
    assert await server.json("/", "POST", data=upload(b"x", "ä b.png")) == [
        ["note", "grüße\n🙂", None],
        ["file", "ä b.png", "image/png"],
    ]


async def test_the_entries_of_a_urlencoded_form(serve):
    server = await serve(FORMS)
    assert await server.json("/", "POST", data={"a": "1 +&", "ü": "🙂"}) == [
        ["a", "1 +&", None],
        ["ü", "🙂", None],
    ]


async def test_an_uploaded_file_comes_back(serve):
    server = await serve(FORMS)
    data = os.urandom(16 * 1024 * 1024)
    answer = await server.answer("/file", "POST", data=upload(data))
    assert answer.get("content-type") == "image/png"
    assert answer.body == data


async def test_a_form_that_a_function_answers_with_is_read_by_a_client(serve):
    server = await serve(FORMS)
    data = bytes(range(256)) * 256
    async with server.session.post("/form", data=upload(data, "ä b.png")) as response:
        reader = aiohttp.MultipartReader.from_response(response)
        note = await reader.next()
        assert (note.name, await note.text()) == ("note", "grüße\r\n🙂")
        file = await reader.next()
        assert (file.name, file.filename, await file.read()) == ("file", "ä b.png", data)
        assert await reader.next() is None


async def test_a_body_that_is_no_form_is_the_functions_to_answer(serve):
    server = await serve(
        "export default { fetch: (request) => request.formData().catch((error) => new Response(error.message)) };"
    )
    assert "not multipart/form-data" in await server.text("/", "POST", json={})

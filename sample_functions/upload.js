// A form with a file: what was sent is listed.
//
//   edgehost serve sample_functions/upload.js
//   curl -F note=hello -F file=@README.md http://localhost:8080/
//
// Or open it in a browser.

const PAGE = `<!doctype html>
<title>Upload</title>
<form method="post" enctype="multipart/form-data">
  <input name="note" placeholder="A note">
  <input name="file" type="file" multiple>
  <button>Send</button>
</form>
`;

const html = { headers: { 'content-type': 'text/html;charset=UTF-8' } };

export default {
  async fetch(request) {
    if (request.method !== 'POST') return new Response(PAGE, html);

    let form;

    try {
      form = await request.formData();
    } catch (error) {
      return new Response(`${error.message}\n`, { status: 400 });
    }

    const lines = [...form].map(([name, value]) => `${name}: ${describe(value)}\n`);

    return new Response(lines.join(''));
  },
};

function describe(value) {
  return value instanceof File ? `${value.name}, ${value.size} bytes of ${value.type}` : value;
}

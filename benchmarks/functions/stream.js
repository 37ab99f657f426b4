// 100 chunks of 1 KiB, each made when the reader asks for it.
const CHUNK = new Uint8Array(1024).fill(97);

export default {
  async fetch(request) {
    let left = 100;

    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(CHUNK);
        left -= 1;
        if (left === 0) controller.close();
      },
    });

    return new Response(body, { headers: { 'content-type': 'application/octet-stream' } });
  },
};

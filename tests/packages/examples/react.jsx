/** @jsxImportSource react */
import { Suspense, use, useState } from 'react';
import { renderToReadableStream } from 'react-dom/server';

const Later = ({ value }) => <b>{use(value)}</b>;

function Page({ value }) {
  const [count] = useState(3);

  return <p>{count}<Suspense fallback="..."><Later value={value} /></Suspense></p>;
}

export default {
  async fetch() {
    const value = new Promise((resolve) => setTimeout(resolve, 1, 'done'));

    return new Response(await renderToReadableStream(<Page value={value} />));
  },
};

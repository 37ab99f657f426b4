// node miniflare.mjs NPM_FOLDER FILE PORT: serves the default export of FILE.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [folder, file, port] = process.argv.slice(2);
const { Miniflare } = createRequire(`${folder}/package.json`)('miniflare');

new Miniflare({
  modules: true,
  script: readFileSync(file, 'utf8'),
  host: '127.0.0.1',
  port: Number(port),
  compatibilityDate: '2026-04-01',
  cf: false, // else it asks Cloudflare's network where it is, and waits
});

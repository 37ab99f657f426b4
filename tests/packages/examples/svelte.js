import { compile } from 'svelte/compiler';

const { js } = compile('<script>let { name } = $props();</script><h1>Hello {name}!</h1>', {
  generate: 'server',
  filename: 'Hello.svelte',
});

console.log(js.code.includes('export default function Hello('), js.code.includes('<h1>Hello ${$.escape('));

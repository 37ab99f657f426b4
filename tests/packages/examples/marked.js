import { marked } from 'marked';

console.log(marked.parse('# Title\n\nRendered by **marked**, [here](https://example.com).'));

/** @jsx h */
import { h } from 'preact';
import { render } from 'preact-render-to-string';

const Box = ({ type, children }) => <div class={`box box-${type}`}>{children}</div>;

console.log(render(<Box type="open"><span class="fox">{'Finn & co'}</span></Box>));

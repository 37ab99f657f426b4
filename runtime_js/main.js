// What runs when an isolate starts: the whole runtime, in order of dependence.

import { on, seal } from './host.js';

on('sealed', () => seal());
on('rejections', () => {});

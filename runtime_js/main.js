// What runs when an isolate starts: the whole runtime, in order of dependence.

import './stack_traces.js';
import './globals.js';
import './http.js';
import './code_generation.js';
import './long_search.js';

// What runs when an isolate starts: the whole runtime, in order of dependence.

import './globals.js';
import './http.js';
import './code_generation.js';

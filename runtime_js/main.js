// What runs when an isolate starts: the whole runtime, in order of dependence.

import './boundary/stack_traces.js';
import './globals.js';
import './function/http.js';
import './boundary/code_generation.js';
import './boundary/locales.js';
import './boundary/long_search.js';
import './boundary/weak_refs.js';

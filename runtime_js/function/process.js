// process.env: the function's variables where packages look for them, as the platform offers them too.

import { env } from './function.js';

// Packages choose their code for production by this one. Nothing else of Node's object: they tell Node by that.
export const process = { env: { NODE_ENV: 'production', ...env } };

// The function under test: which patches there are, and whether the platform's parts were touched before, says settings.js.

import { arm, joined, patch, seen } from './patches.js';
import { touch, walk } from './exercise.js';
import { KIND, NAMES, TOLERATED, TOUCH } from './settings.js';

const answer = Response;
const path = (request) => new URL(request.url).pathname;
let isPatched = false;

export default {
  async fetch(request, env, context) {
    if (!isPatched) {
      isPatched = true;

      if (TOUCH === 'before') touch();

      if (KIND !== 'off') patch(NAMES, TOLERATED);

      arm(KIND);
    }

    if (request.headers.get('upgrade') === 'websocket') {
      const { response, socket } = upgradeWebSocket(request);

      socket.addEventListener('message', (event) => socket.send(event.data));
      socket.onclose = (event) => console.log(event.code);

      return response;
    }

    switch (path(request)) {
      case '/walk': return new answer(await walk(request, context));
      case '/seen': {
        arm('off');

        return new answer(joined(seen, '\n'));
      }
      case '/stream': {
        let pulls = 0;

        return new answer(new ReadableStream({
          __proto__: null,
          pull(controller) {
            if (pulls++ === 3) controller.close();
            else controller.enqueue(new TextEncoder().encode('chunk'));
          },
        }));
      }
      case '/call': {
        const items = [];

        items[0] = new Map().set('a', {}.body);
        items.map((item) => item);

        return new answer('called');
      }
      case '/fail': throw new answer('no error');
      case '/echo': return new answer(request.body, { __proto__: null, headers: request.headers });
      default: return new answer('hello');
    }
  },
};

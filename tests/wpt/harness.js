// testharness.js, set up to report to a request. Own code, no WPT text.

const __wptState = { tests: [], status: null, finish: null };

// testharness.js gets this as its `self`: the global without the names by which it would take the
// runtime for a page or a worker. It then uses its plain shell environment, which needs no load
// event and reports by callback.
function __wptShell() {
  const hidden = new Set(["document", "DedicatedWorkerGlobalScope", "WorkerGlobalScope"]);
  return new Proxy({}, {
    has: (_, key) => !hidden.has(key) && key in globalThis,
    get: (_, key) => (hidden.has(key) ? undefined : globalThis[key]),
    set: (_, key, value) => {
      __wptDefine(key, value);
      return true;
    },
  });
}

function __wptSetUp() {
  // An uncaught error does not end the file: each subtest has its own verdict.
  setup({ allow_uncaught_exception: true });
  __wptLimitSubtests();
  add_result_callback((test) => { __wptState.tests.push(test); });
  add_completion_callback((tests, status) => {
    __wptState.tests = tests;
    __wptState.status = status;
    __wptState.finish();
  });
}

// One subtest that hangs must not take the later ones of its file with it.
function __wptLimitSubtests() {
  const limit = (test) => {
    if (test.timeout_length !== null || test.phase >= test.phases.HAS_RESULT) return;
    test.timeout_length = __wptConfig.subtestLimit;
    test.set_timeout();
  };
  const { promise_test: promiseTest, async_test: asyncTest } = globalThis;
  globalThis.promise_test = function (run, name, properties) {
    if (typeof run !== "function" || name === undefined) return promiseTest(run, name, properties);
    const limited = function (test) {
      limit(test);
      return run.call(this, test);
    };
    return promiseTest(limited, name, properties);
  };
  globalThis.async_test = function (run, name, properties) {
    const test = asyncTest(run, name, properties);
    limit(test);
    return test;
  };
}

async function __wptHandle() {
  __wptPrepare();
  const finished = new Promise((resolve) => { __wptState.finish = resolve; });
  __wptEndAfter(__wptConfig.fileLimit);
  let scriptError = null;
  try {
    __wptRunScripts.call(globalThis);
  } catch (error) {
    scriptError = `${error?.name}: ${error?.message}`;
    __wptEndAfter(2500); // what has begun may come to its end
  }
  await finished;
  const { tests, status } = __wptState;
  const results = tests.map(({ name, status, message }) => ({
    name: String(name),
    status,
    message: __wptShortened(message),
  }));
  return new __wptOwn.Response(__wptOwn.stringify({
    harness: status?.status ?? -1,
    message: __wptShortened(status?.message),
    scriptError,
    subtests: results,
  }));
}

function __wptEndAfter(milliseconds) {
  __wptOwn.later(() => {
    try {
      timeout();
    } catch {
      // testharness.js did not load
    }
    __wptOwn.later(__wptState.finish, 250);
  }, milliseconds);
}

function __wptShortened(text) {
  return text === null || text === undefined ? "" : String(text).slice(0, 400);
}

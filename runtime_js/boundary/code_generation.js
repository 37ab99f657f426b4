// Code from strings: refused, as the platform does, unless the host allows it.
// The engine's own eval stays, since the host itself loads the function with it; the realm loses its ways there.

import { EvalError, Function, defineProperty, globalObject } from './built_ins.js';
import { on, seal } from './host.js';

on('sealed', (allowEval) => {
  seal();

  if (!allowEval) refuseCodeGeneration();
});

function refuseCodeGeneration() {
  replaceConstructor(Function, true);
  replaceConstructor((async () => {}).constructor);
  replaceConstructor((function* () {}).constructor);
  replaceConstructor((async function* () {}).constructor);
  defineProperty(globalObject, 'eval', { value: refusing('eval'), writable: true, configurable: true });
}

/** Puts a constructor that only refuses in place of one that compiles; `instanceof` goes on working. */
function replaceConstructor(Constructor, isGlobal = false) {
  const { name, prototype } = Constructor;
  const refusal = refusing(name);

  defineProperty(refusal, 'prototype', { value: prototype });
  defineProperty(refusal, 'length', { value: 1, configurable: true });
  defineProperty(prototype, 'constructor', { value: refusal, configurable: true, writable: isGlobal });

  if (isGlobal) defineProperty(globalObject, name, { value: refusal, writable: true, configurable: true });
}

function refusing(name) {
  const refuse = function () {
    throw new EvalError(name + ': code generation from strings is not allowed (--allow-eval allows it)');
  };

  defineProperty(refuse, 'name', { value: name, configurable: true });

  return refuse;
}

// CommonJS modules: running each once, and `require`. Twin: edgehost/engine/modules/commonjs.py
//
// Loaded with the first CommonJS file only. All of what a file can require is here before it runs.

import {
  Error, Object, ReferenceError, SyntaxError, apply, createMap, defineProperty, globalObject, hasOwn, keys,
} from '../boundary/built_ins.js';

const toObject = Object;

/** @typedef {{ name?: string, namespace?: object, value?: { default: unknown }, missing?: string }} Required */
/** @typedef {{ path: string, folder: string, factory: Function, required: Record<string, Required>, module: object | null }} Entry */

/** By the module's name. @type {Record<string, Entry>} */
const entries = { __proto__: null };

/** What files written as ES modules look like to `require`, by namespace. */
const views = createMap();

export function add(name, path, folder, factory, required) {
  entries[name] = { path, folder, factory, required, module: null };
}

/** What a file exports; it runs when it is first asked for. In a cycle: what it has exported so far. */
export function run(name) {
  const entry = entries[name];

  if (entry === undefined) {
    throw new ReferenceError("'" + name + "' is imported by an ES module that it requires itself, before it could run");
  }

  const { path, folder, factory, required } = entry;

  if (entry.module === null) {
    const module = entry.module = { exports: {}, id: path, filename: path, loaded: false };
    const require = (specifier) => resolved(name, required, specifier);

    try {
      apply(factory, module.exports, [module.exports, require, module, path, folder, globalObject]);
      module.loaded = true;
    } catch (error) {
      entry.module = null;
      throw error;
    }
  }

  return entry.module.exports;
}

/** What an importer asks for by name, of a file that has run. */
export function member(name, key) {
  const { exports, loaded } = entries[name].module;

  if (loaded && !(key in toObject(exports))) throw new SyntaxError("'" + name + "' exports no '" + key + "'");

  return exports?.[key];
}

function resolved(importer, required, specifier) {
  const found = required[specifier];

  if (found === undefined) {
    throw notFound("Cannot find module '" + specifier + "': '" + importer + "' does not name it in quotes, so it was not loaded");
  }
  if (found.missing !== undefined) throw notFound(found.missing);
  if (found.name !== undefined) return run(found.name);
  if (found.value !== undefined) return found.value.default;

  return viewOf(found.namespace);
}

/** A namespace as TypeScript and Babel compile one to CommonJS: marked, with bindings that stay live. */
function viewOf(namespace) {
  if (hasOwn(namespace, 'module.exports')) return namespace['module.exports'];

  let view = views.get(namespace);

  if (view === undefined) {
    view = defineProperty({}, '__esModule', { __proto__: null, value: true });
    for (let i = 0, names = keys(namespace); i < names.length; i++) {
      const key = names[i];

      defineProperty(view, key, { __proto__: null, get: () => namespace[key], enumerable: true });
    }
    views.set(namespace, view);
  }

  return view;
}

function notFound(message) {
  return defineProperty(new Error(message), 'code', {
    __proto__: null, value: 'MODULE_NOT_FOUND', writable: true, enumerable: true, configurable: true,
  });
}

/** What `import x from` gets where a file that was compiled from an ES module is taken for one, as bundlers do. */
export function defaultOf(exports) {
  return toObject(exports).__esModule && 'default' in exports ? exports.default : exports;
}

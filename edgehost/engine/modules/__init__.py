"""From an import in a function's code to the module it means.

The engine asks `module_map`; for a function's own files it asks `function_modules`. `resolver` finds
the file of a specifier, with `package` and `exports` for names in node_modules; `files` knows how
each is written; `root` is the folder that nothing reaches out of. The rest is loaded where a
function needs it: `commonjs_modules`, `typed_modules`, `typescript`, `tsconfig`.
"""

"""From an import in a function's code to the module it means.

`module_map` is what the engine asks; `resolver` finds the file of a specifier, with `package` and
`exports` for names in node_modules; `root` is the folder that nothing reaches out of.
"""

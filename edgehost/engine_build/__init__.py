"""The JavaScript engine, compiled on this machine from its own source and trained on what functions do.

`build.py` has the steps, `training/` what the engine is put through. Nothing here runs when a
function does.
"""

"""From a specifier and the file that imports it to the file that it means.

Packages are found as Node finds them, and read as the bundlers of edge platforms read them: see
docs/decisions/0008-packages.md.
"""

from __future__ import annotations

import posixpath
import re
from contextlib import suppress
from typing import Any
from urllib.parse import unquote

from edgehost.engine.modules import exports, node_built_ins
from edgehost.engine.modules.package import Package, Packages
from edgehost.engine.modules.root import EMPTY, ImportRefused, Root, folders_above
from edgehost.engine.runtime_files import PREFIX

# The platform's own key, then the closest relatives, from https://runtime-keys.proposal.wintertc.org.
# Not "workerd", "deno" and "node": such builds import what only those platforms have.
_CONDITIONS = frozenset({"azion", "edge-light", "worker", "browser", "module"})
# For each way to ask: the conditions, and the fields that count where a package has no exports.
IMPORT = (_CONDITIONS | {"import"}, ("browser", "module", "main"))
REQUIRE = (_CONDITIONS | {"require"}, ("browser", "main"))
# What a specifier may leave out: a project's sources come before what was made of them, packages are as published.
_SCRIPTS = (".js", ".mjs", ".cjs", ".json")
_SOURCES = (".ts", ".tsx", ".jsx", ".mts", ".cts")
# What TypeScript calls the file that will be made of one.
_MADE_FROM = {".js": (".ts", ".tsx"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}

_PACKAGE = re.compile(r"((?:@[^/\\%]+/)?[^@./\\%][^/\\%]*)(/.*)?", re.DOTALL)


class Resolver:
    """For the files of one function, and one way to ask for others."""

    def __init__(
        self,
        root: Root,
        packages: Packages,
        conditions: frozenset[str],
        main_fields: tuple[str, ...],
    ) -> None:
        self._root = root
        self._packages = packages
        self._conditions = conditions
        self._main_fields = main_fields

    def resolve(self, importer: str, specifier: str) -> str:
        """The name of a file, the function's or the runtime's. Raises ImportRefused with what to do about it."""
        own = None if specifier.startswith(".") else self._packages.of(importer)
        if own and own.for_browsers and specifier in own.for_browsers:
            return self._replacement(own, own.for_browsers[specifier])
        name = self._find(importer, specifier)
        if name.startswith(PREFIX):
            return name
        package = self._packages.of(name)
        if package and package.for_browsers:
            path = f"./{posixpath.relpath(name, package.folder or '.')}"
            for key in (path, path.removesuffix(".js"), path.removesuffix("/index.js")):
                if key in package.for_browsers:
                    return self._replacement(package, package.for_browsers[key])
        return name

    def _replacement(self, package: Package, target: Any) -> str:
        """https://github.com/defunctzombie/package-browser-field-spec"""
        if target is False:
            return EMPTY
        return self._find(posixpath.join(package.folder, "package.json"), str(target))

    def _find(self, importer: str, specifier: str) -> str:
        if specifier.startswith("file:///"):  # as import.meta.resolve answers
            return self._find(importer, unquote(specifier[len("file://") :]))
        if specifier.startswith("/"):
            return self._module(posixpath.normpath(specifier.lstrip("/")), specifier)
        if specifier.startswith(("./", "../")) or specifier in (".", ".."):
            folder = posixpath.dirname(importer)
            return self._module(posixpath.normpath(posixpath.join(folder, specifier)), specifier)
        if found := self._by_tsconfig(importer, specifier):
            return found
        if specifier.startswith("#"):
            return self._internal(importer, specifier)
        if ":" in specifier:
            if built_in := node_built_ins.file_of(specifier):
                return built_in
            raise ImportRefused(self._why_no_built_in(importer, specifier))
        return self._bare(importer, specifier)

    # Files

    def _module(self, name: str, specifier: str) -> str:
        """A file by its path, which may lack its extension or be a folder."""
        if name == ".." or name.startswith("../"):
            raise ImportRefused(f"'{specifier}' is outside the function's folder")
        name = "" if name == "." else name
        found = None if specifier.endswith("/") else self._file(name)
        found = found or self._index(name)
        if found is None:
            raise ImportRefused(f"there is no module '{name or specifier}'")
        return self._root.real_name(found)

    def _by_tsconfig(self, importer: str, specifier: str) -> str | None:
        """A file by `paths` or `baseUrl`, which are for the project's own files."""
        config = None if "node_modules/" in importer else self._packages.tsconfigs.of(importer)
        for name in config.candidates(specifier) if config else ():
            with suppress(ImportRefused):  # the next one may be there, or a package
                return self._module(name, specifier)
        return None

    def _file(self, name: str) -> str | None:
        if self._root.is_file(name):
            return name
        stem, ending = posixpath.splitext(name)
        made_from = [stem + other for other in _MADE_FROM.get(ending, ())]
        endings = _SCRIPTS + _SOURCES if "node_modules/" in name else _SOURCES + _SCRIPTS
        return next(
            filter(self._root.is_file, (*made_from, *(name + end for end in endings))), None
        )

    def _index(self, folder: str) -> str | None:
        """The main file of a folder."""
        if not self._root.is_folder(folder):
            return None
        package = self._packages.at(folder)
        for path in package.entry(self._main_fields) if package else ():
            name = posixpath.normpath(posixpath.join(folder, path))
            if found := self._file(name) or self._file(posixpath.join(name, "index")):
                return found
        return self._file(posixpath.join(folder, "index"))

    # Packages

    def _bare(self, importer: str, specifier: str) -> str:
        """PACKAGE_RESOLVE"""
        name, subpath = _split(specifier)
        own = self._packages.of(importer)
        if own and own.name == name and own.exports is not None:
            return self._export(own, subpath, specifier)
        for folder in folders_above(importer):
            place = posixpath.join(folder, "node_modules", name)
            if self._root.is_folder(place):
                return self._in_package(place, subpath, specifier)
        if built_in := node_built_ins.file_of(specifier):
            return built_in
        if node_built_ins.is_name(name):
            raise ImportRefused(self._why_no_built_in(importer, specifier))
        raise ImportRefused(self._why_not_installed(importer, name))

    def _in_package(self, folder: str, subpath: str, specifier: str) -> str:
        package = self._packages.at(folder)
        if package and package.exports is not None:
            return self._export(package, subpath, specifier)
        name = posixpath.normpath(posixpath.join(folder, subpath))
        if not f"{name}/".startswith(f"{folder}/"):
            raise ImportRefused(f"'{specifier}' leads out of the package")
        found = self._index(folder) if subpath == "." else self._file(name) or self._index(name)
        if found is None:
            raise ImportRefused(f"the package in '{folder}' has no file for '{specifier}'")
        return self._root.real_name(found)

    def _export(self, package: Package, subpath: str, specifier: str) -> str:
        try:
            path = exports.resolve_export(package.exports, subpath, self._conditions)
            if path is None:
                raise ImportRefused(self._why_not_exported(package, specifier))
        except exports.InvalidSubpath:
            raise ImportRefused(f"'{specifier}' leads out of the package {package.title}") from None
        except exports.InvalidTarget as error:
            raise ImportRefused(f"the package.json of {package.title} is wrong: {error}") from None
        return self._target(package, path, specifier)

    def _internal(self, importer: str, specifier: str) -> str:
        """PACKAGE_IMPORTS_RESOLVE"""
        package = self._packages.of(importer)
        imports = package.manifest.get("imports") if package else None
        try:
            path = exports.resolve_import(imports, specifier, self._conditions)
        except (exports.InvalidSubpath, exports.InvalidTarget) as error:
            raise ImportRefused(f"'{specifier}' is wrong in the package.json: {error}") from None
        if path is None or package is None:
            place = f"{package.folder}/package.json".lstrip("/") if package else "package.json"
            raise ImportRefused(f"'{specifier}' is not among the \"imports\" of '{place}'")
        if path.startswith("./"):
            return self._target(package, path, specifier)
        return self._find(posixpath.join(package.folder, "package.json"), path)

    def _target(self, package: Package, path: str, specifier: str) -> str:
        """A file that a package.json names in full."""
        name = posixpath.normpath(posixpath.join(package.folder, path))
        if not self._root.is_file(name):
            raise ImportRefused(
                f"'{specifier}' is '{name}' by the package.json of {package.title}, and there is no such file"
            )
        return self._root.real_name(name)

    # Messages

    def _why_not_installed(self, importer: str, name: str) -> str:
        return (
            f"the package '{name}' is not installed: '{importer}' imports it, and no node_modules folder "
            f"from there up to the function's root has it. Run: npm install {name}"
        )

    def _why_no_built_in(self, importer: str, specifier: str) -> str:
        if node_built_ins.is_name(specifier):
            return (
                f"'{specifier}' is a module of Node.js that is not here: '{importer}' imports it. "
                f"There are {node_built_ins.THERE}. For the rest use what the web platform has, "
                "or a package that runs in browsers"
            )
        return f"there is no built-in module '{specifier}', and modules are not loaded by URL"

    @staticmethod
    def _why_not_exported(package: Package, specifier: str) -> str:
        offered = exports.subpaths(package.exports)
        shown = ", ".join(f"'{path}'" for path in offered[:12]) + (", ..." if offered[12:] else "")
        return f"'{specifier}' is not among what {package.title} exports: {shown}"


def _split(specifier: str) -> tuple[str, str]:
    """A package's name and the path in it, "." or "./...". Raises ImportRefused."""
    match = _PACKAGE.fullmatch(specifier)
    if match is None:
        raise ImportRefused(f"'{specifier}' names neither a file ('./...') nor a package")
    name, path = match.groups()
    return name, "." if path is None else f".{path}"

"""Workspaces: folders with models/, configs/ and results/, and the loading of their models.

A workspace's ``models/`` is loaded by path, as a package under a private name of its own
for each model. So relative imports work, two workspaces never mix, neither ``sys.path`` nor
the working directory is touched, and the files that went into a model are known exactly.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import linecache
import os
import re
import shutil
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any

from timeline.errors import ConfigError, ModelError, nearest

if TYPE_CHECKING:
    from timeline.model.declarations import Model

_PRIVATE = "_timeline_models_"
#: Where models once imported from, and where that lies now, so that a workspace made then still works.
_MOVED = {f"timeline.{name}": f"timeline.model.{name}" for name in ("endpoints", "laws", "records", "units")}
_LOCK = threading.RLock()

_RESULTS_README = """\
# Results

`timeline run` writes here, one folder a config: `results/<config>/<run>/`. Everything in it
can be made again from the config, the models and the seed, so it needs no version control.
"""


@dataclass(frozen=True)
class Workspace:
    """A folder that holds ``models/``, and usually ``configs/`` and ``results/``.

    Attributes
    ----------
    root
        The folder, as an absolute path.
    stands_for
        The private package under which a copy of its only model, on another machine, is loaded. Under the same name,
        machine code that was kept for the one serves the other.
    """

    root: Path
    stands_for: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", _absolute(self.root))

    @property
    def folder(self) -> Path:
        """The folder of the models."""
        return self.root / "models"

    @property
    def results(self) -> Path:
        """The folder of the results, whether or not it exists."""
        return self.root / "results"

    def configs(self) -> list[Path]:
        """Return every config, sorted by path."""
        return sorted(path for path in (self.root / "configs").rglob("*.toml") if path.is_file())

    def models(self) -> list[str]:
        """Return the names of the models: files of ``models/`` that set ``MODEL`` at top level.

        Nothing is imported, so a broken model is listed too.
        """
        if not self.folder.is_dir():
            return []
        return sorted(path.stem for path in self.folder.glob("*.py") if path.stem.isidentifier() and _sets_model(path))

    def load(self, name: str) -> Model:
        """Return one model; loaded again only if a source that went into it has changed.

        Parameters
        ----------
        name
            The name of its file, without ``.py``.

        Raises
        ------
        ModelError
            If there is no such model, or its code fails; with file and line.
        """
        return self._loaded(name).model

    def claims(self, name: str) -> ModuleType | None:
        """Return ``models/claims.py`` beside a model, or None where there is none.

        It is imported within the model's own package, so that it shares the model's enumerations, and it
        is no source of the model: an edited claim leaves results as they are.

        Raises
        ------
        ModelError
            If the model or the file cannot be loaded.
        """
        package = self.load(name).state.__module__.partition(".")[0]
        if not (self.folder / "claims.py").is_file():
            return None
        try:
            return importlib.import_module(f"{package}.claims")
        except ModelError:
            raise
        except (Exception, SystemExit) as problem:
            said = " ".join(str(problem).split()).replace(package, "models")
            if isinstance(problem, ImportError) and problem.name == "timeline":
                # The library once knew these checks by name; a workspace made then asks for them at its door.
                said += (
                    "; checks against the record live in models/record, copy them from a new workspace (timeline init)"
                )
            raise ModelError(f"models/claims.py: {type(problem).__name__}: {said}") from problem

    def sources(self, name: str) -> dict[str, str]:
        """Return {path: sha256} of the files of ``models/`` that went into a model.

        Paths are relative to the workspace, such as ``"models/mechanisms/leaks.py"``. They are
        the modules that the model's import touched, and the data files that lie beside the
        modules of a touched package.
        """
        return dict(self._loaded(name).sources)

    def sources_hash(self, name: str) -> str:
        """Return one hash of all the sources of a model."""
        lines = "".join(f"{path}\0{digest}\n" for path, digest in sorted(self.sources(name).items()))
        return hashlib.sha256(lines.encode()).hexdigest()

    def _loaded(self, name: str) -> _Loaded:
        with _LOCK:
            self._check_exists(name)
            key = (self._place, name)
            known = _LOADED.get(_PACKAGES.get(key, ""))
            # What was loaded through a link that is gone could no longer say where something is wrong.
            if known is not None and os.path.isfile(str(known.module.__file__)) and self._unchanged(known):
                return known
            _forget_unless_held(_PACKAGES.pop(key, ""))
            package = self._package(name)
            if package not in _PACKAGES.values():
                _forget(package)
                try:
                    _LOADED[package] = self._import(package, name)
                except BaseException:
                    _forget(package)
                    raise
            _PACKAGES[key] = package
            return _LOADED[package]

    def _package(self, name: str) -> str:
        """Return the package to load a model under: that which it stands for, if its sources are the same."""
        asked = self.stands_for
        if not asked:
            return self._named_after_content(name)
        if asked not in _PACKAGES.values() or self._unchanged(_LOADED[asked]):
            return asked
        return self._apart(asked)

    def package(self, name: str) -> str:
        """Return the private package under which a model is loaded."""
        self._loaded(name)
        return _PACKAGES[self._place, name]

    @property
    def _place(self) -> str:
        """Where the models lie. Workspaces whose ``models/`` are links to one folder share what is loaded of it."""
        return str(self.folder.resolve())

    def _named_after_content(self, name: str) -> str:
        """Return a package's name that says what a model is made of, so that copies of a workspace share machine code.

        It is a name only: whether machine code fits is decided by the code itself. In one process two folders
        never share a package, but for a copy that stands for one that is loaded.
        """
        folder = self.folder
        lines = sorted(f"{path.relative_to(folder).as_posix()}\0{_digest(path)}" for path in _reached(folder, name))
        package = _PRIVATE + hashlib.sha256("\n".join([name, *lines]).encode()).hexdigest()[:16]
        return self._apart(package) if package in _PACKAGES.values() else package

    def _apart(self, package: str) -> str:
        return f"{package}_{hashlib.sha256(self._place.encode()).hexdigest()[:8]}"

    def _check_exists(self, name: str) -> None:
        if name.isidentifier() and os.path.isfile(self.folder / f"{name}.py"):
            return
        known = self.models()
        listed = f"; it has {', '.join(known)}" if known else ""
        name = name if len(name) <= 60 else f"{name[:57]}..."
        raise ModelError(
            f'model "{name}": there is no file models/{name}.py in {self.root}{listed}{nearest(name, known)}'
        )

    def _import(self, package: str, name: str) -> _Loaded:
        from timeline.model.declarations import Model

        if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
            sys.meta_path.insert(0, _Finder())
        _Finder.folders[package] = self.folder
        _Finder.executed[package] = {}
        try:
            module = importlib.import_module(f"{package}.{name}")
        except (Exception, SystemExit) as problem:
            raise ModelError(self._located(problem, package, name)) from problem
        model = getattr(module, "MODEL", None)
        where = f"models/{name}.py"
        if model is None:
            raise ModelError(
                f"{where}: sets no MODEL, so it is a helper and no model; expected MODEL = Model(...)"
                f"{nearest(name, self.models())}"
            )
        if not isinstance(model, Model):
            raise ModelError(f"{where}: MODEL is of type {type(model).__name__}, expected a Model")
        if model.name != name:
            raise ModelError(f'{where}: the model is named "{model.name}", expected "{name}", as its file')
        executed = _Finder.executed[package]
        sources = {self._relative(path): digest for path, digest in executed.items()}
        folders = tuple(sorted({path.parent for path in executed} - {self.folder}))
        sources.update(self._data(folders))
        return _Loaded(model, module, dict(sorted(sources.items())), folders)

    def _unchanged(self, known: _Loaded) -> bool:
        try:
            now = {path: _digest(self.root / path) for path in known.sources}
            return {**now, **self._data(known.folders)} == known.sources
        except OSError:
            return False

    def _data(self, folders: Sequence[Path]) -> dict[str, str]:
        found = {}
        for folder in folders:
            for path in folder.iterdir():
                plain = path.is_file() and not path.name.startswith(".")
                if plain and path.suffix not in (".py", ".pyc", ".md"):
                    found[self._relative(path)] = _digest(path)
        return found

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def _located(self, problem: BaseException, package: str, name: str) -> str:
        """Say where in models/ an import failed, and how."""
        where = f"models/{name}.py"
        own = f"{self.folder}{os.sep}"
        for frame, line in traceback.walk_tb(problem.__traceback__):
            if frame.f_code.co_filename.startswith(own):
                where = f"{self._relative(Path(frame.f_code.co_filename))}, line {line}"
        said = " ".join(str(problem).split())
        if isinstance(problem, SyntaxError) and problem.filename:
            if problem.filename.startswith(own):
                where = self._relative(Path(problem.filename))
                where += f", line {problem.lineno}" if problem.lineno else ""
            said = problem.msg
        if not isinstance(problem, ModelError):
            said = f"{type(problem).__name__}: {said}" if said else type(problem).__name__
        if isinstance(problem, ImportError) and (problem.name or "").startswith("timeline."):
            # Modules of the library move; what a model needs has a home that stays.
            said += "; import it from the library's door, as in: from timeline import Clock"
        elif isinstance(problem, ModuleNotFoundError):
            said += _as_it_is_imported(self.folder, problem.name or "")
        return f"{where}: {said.replace(package, 'models')}"


def _as_it_is_imported(folder: Path, name: str) -> str:
    """Say how a file beside the model is imported, if that is what was meant."""
    beside = (folder.joinpath(*name.split("."))).with_suffix(".py")
    if not name or not (os.path.isfile(beside) or beside.with_suffix("").is_dir()):
        return ""
    package, _, last = name.rpartition(".")
    return f"; it lies beside the model, so write: from .{package} import {last}"


@dataclass(frozen=True)
class _Loaded:
    model: Model
    module: ModuleType
    sources: dict[str, str]
    folders: tuple[Path, ...]


_LOADED: dict[str, _Loaded] = {}
#: The private package of each (folder of models, model) that was loaded.
_PACKAGES: dict[tuple[str, str], str] = {}


class _Loader(SourceFileLoader):
    """Compiles the source as it stands, and notes what it compiled.

    Bytecode files are never read or written: Python trusts them by second and size, so a
    quick edit of the same length would go unnoticed.
    """

    def get_code(self, fullname: str) -> CodeType | None:
        data = self.get_data(self.path)
        package = fullname.partition(".")[0]
        _Finder.executed[package][Path(self.path)] = hashlib.sha256(data).hexdigest()
        code = self.source_to_code(data, self.path)
        return code if isinstance(code, CodeType) else None


class _MovedLoader(Loader):
    """Gives a module its content from where that lies now."""

    def exec_module(self, module: ModuleType) -> None:
        content = vars(importlib.import_module(_MOVED[module.__name__]))
        vars(module).update({name: value for name, value in content.items() if not name.startswith("__")})


class _Finder:
    """Finds the modules of private packages, and what has moved; no others."""

    folders: dict[str, Path] = {}
    executed: dict[str, dict[Path, str]] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in _MOVED:
            return ModuleSpec(fullname, _MovedLoader())
        package, *rest = fullname.split(".")
        folder = self.folders.get(package)
        if folder is None:
            return None
        at = folder.joinpath(*rest)
        if (at / "__init__.py").is_file():
            file = str(at / "__init__.py")
            return spec_from_file_location(
                fullname, file, loader=_Loader(fullname, file), submodule_search_locations=[str(at)]
            )
        if rest and at.with_suffix(".py").is_file():
            file = str(at.with_suffix(".py"))
            return spec_from_file_location(fullname, file, loader=_Loader(fullname, file))
        if at.is_dir():
            spec = ModuleSpec(fullname, None, is_package=True)
            spec.submodule_search_locations = [str(at)]
            return spec
        return None


def _reached(folder: Path, name: str) -> set[Path]:
    """Return the files of a model, as far as its relative imports tell; one that cannot be read tells nothing."""
    waiting, reached = [folder / f"{name}.py"], set()
    while waiting:
        path = waiting.pop()
        if path in reached or not path.is_file():
            continue
        reached.add(path)
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError, RecursionError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.level:
                base = path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
                places = [base, *(base / alias.name for alias in node.names)]
                waiting += [file for place in places for file in (place.with_suffix(".py"), place / "__init__.py")]
    return reached


def _forget_unless_held(package: str) -> None:
    """Drop a package that no workspace uses any more: numba and pickle look up a model's functions by its modules."""
    if package not in _PACKAGES.values():
        _forget(package)


def _forget(package: str) -> None:
    """Drop what is left of an earlier import, so that the next one reads every file anew."""
    _LOADED.pop(package, None)
    for name in [n for n in sys.modules if n == package or n.startswith(package + ".")]:
        del sys.modules[name]
    for path in _Finder.executed.pop(package, {}):
        linecache.cache.pop(str(path), None)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))


def _sets_model(path: Path) -> bool:
    try:
        source = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return "MODEL" in source and _declares_model(source)


@lru_cache(256)  # a config is read many times beside the same models
def _declares_model(source: str) -> bool:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return re.search(r"^MODEL\s*[:=]", source, re.MULTILINE) is not None
    targets: list[Any] = []
    for node in tree.body:
        if isinstance(node, ast.Assign):
            targets += node.targets
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets.append(node.target)
    return any(isinstance(target, ast.Name) and target.id == "MODEL" for target in targets)


def find(start: Path) -> Workspace:
    """Return the workspace of a config or a folder: the nearest one above that holds ``models/``.

    Raises
    ------
    ConfigError
        If there is none.
    """
    begin = _absolute(start)
    for folder in (begin, *begin.parents):
        if (folder / "models").is_dir():
            return Workspace(folder)
    raise ConfigError(
        f'{start}: given a path outside any workspace, expected a folder "models" beside or above it; '
        "make a workspace by `timeline init DIR`"
    )


def create(directory: Path) -> Workspace:
    """Make a workspace with copies of the shipped models and configs.

    Parameters
    ----------
    directory
        The folder to make, or one that has no ``models``, ``configs`` and ``results`` yet.

    Raises
    ------
    ConfigError
        If something is in the way (it is named, and nothing is written), or cannot be written.
    """
    root = _absolute(directory)
    if root.exists() and not root.is_dir():
        raise ConfigError(f"{directory}: given a file, expected a folder, or a name for a new one")
    in_the_way = [name for name in ("models", "configs", "results") if os.path.lexists(root / name)]
    if in_the_way:
        raise ConfigError(
            f"{directory}: already contains {' and '.join(in_the_way)}, expected a folder without; "
            "give another folder, nothing was written"
        )
    shipped = _shipped()
    copies = [(shipped / path, root / path) for path in _shipped_files(shipped)]
    try:
        for folder in ("models", "configs", "results"):
            (root / folder).mkdir(parents=True)
        for source, target in copies:
            target.parent.mkdir(parents=True, exist_ok=True)
            with source.open("rb") as read, target.open("xb") as write:
                shutil.copyfileobj(read, write)
        with (root / "results" / "README.md").open("x", encoding="utf-8") as write_text:
            write_text.write(_RESULTS_README)
    except OSError as problem:
        raise ConfigError(f"{directory}: cannot be written: {problem.strerror}; give another folder") from None
    return Workspace(root)


def _shipped() -> Path:
    """Return the folder with the models and configs that come with the program."""
    package = Path(__file__).parent
    for folder in (package / "_workspace", package.parent):
        if (folder / "models").is_dir():
            return folder
    raise ConfigError(f"{package}: the shipped models are missing; install crisis-timeline anew")


def _shipped_files(shipped: Path) -> Iterator[Path]:
    for top in ("models", "configs"):
        for path in sorted((shipped / top).rglob("*")):
            relative = path.relative_to(shipped)
            hidden = any(part.startswith(".") or part == "__pycache__" for part in relative.parts)
            if path.is_file() and not hidden and path.suffix != ".pyc":
                yield relative

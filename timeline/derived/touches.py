"""Which fields of the state a model's function reads and writes, derived from its source.

After a firing only the clocks that read something it wrote can have changed their speed. This
derivation says which those are. Helpers and aliases (``step = s.steps[i]``) are followed; where
that is not possible the answer is "unknown", and everything is timed anew.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from timeline.errors import ModelError
from timeline.model.declarations import SIDES, Member, Model, renewal_path
from timeline.model.records import Record, leaves
from timeline.model.sources import called_function, syntax_tree

Paths = frozenset[str]

#: Expressions whose inner names are not followed.
_OPAQUE = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda, ast.NamedExpr, ast.Starred)


@dataclass
class Touches:
    """What a function does to the state.

    Attributes
    ----------
    reads, writes
        Paths such as ``"a.pressure"``; the members of an array share one, ``"steps[].agreed"``.
    known
        Whether the two are complete.
    heeds
        What is read for more than its own update: ``s.trust = less(s.trust, s.alarm)`` heeds ``alarm`` only.
    apart
        Helpers that were not followed because the caller asked for it.
    """

    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    known: bool = True
    heeds: set[str] = field(default_factory=set)
    apart: set[Callable[..., Any]] = field(default_factory=set)

    def add(self, other: Touches, updated: set[str]) -> None:
        """Take in what a helper does, in a line that updates some fields."""
        self.reads |= other.reads
        self.writes |= other.writes
        self.known = self.known and other.known
        self.heeds |= other.heeds - updated
        self.apart |= other.apart


def touches(
    function: Callable[..., Any],
    roots: Mapping[str, Paths],
    state: type[Record],
    apart: Callable[[Callable[..., Any]], bool] | None = None,
) -> Touches:
    """Derive what a function reads and writes.

    Parameters
    ----------
    function
        A plain function of a model.
    roots
        For each argument that is a record of the state, where in the state it may lie: ``""`` for
        the state itself, ``"a"`` for a side.
    state
        The state's declaration.
    apart
        Which helpers not to follow, but to name; none unless given.
    """
    fields = {path for path, _ in leaves(state)}
    return _derive(function, dict(roots), fields, (), apart)


def _derive(
    function: Callable[..., Any],
    roots: dict[str, Paths],
    fields: set[str],
    within: tuple[Callable[..., Any], ...],
    apart: Callable[[Callable[..., Any]], bool] | None = None,
) -> Touches:
    found = Touches()
    if function in within:
        found.known = False  # a function that calls itself
        return found
    try:
        tree = syntax_tree(function)
    except ModelError:
        found.known = False
        return found
    reader = _Reader(function, roots, fields, found, (*within, function), apart)
    body = [tree.body] if isinstance(tree, ast.Lambda) else tree.body
    # Aliases may be used before the line that widens them (in a loop): read until nothing changes.
    while True:
        before = {name: set(paths) for name, paths in reader.names.items()}
        for node in body:
            reader.returned(node) if isinstance(tree, ast.Lambda) else reader.visit(node)
        if before == reader.names:
            return found


class _Reader(ast.NodeVisitor):
    """Reads one function's syntax tree."""

    def __init__(
        self,
        function: Callable[..., Any],
        roots: dict[str, Paths],
        fields: set[str],
        found: Touches,
        within: tuple[Callable[..., Any], ...],
        apart: Callable[[Callable[..., Any]], bool] | None = None,
    ) -> None:
        self.function = function
        self.fields = fields
        self.found = found
        self.within = within
        self.apart = apart
        self.updated: set[str] = set()  # what the line that is read writes
        self.names: dict[str, set[str]] = {name: set(paths) for name, paths in roots.items()}

    # -- statements

    def visit_Assign(self, node: ast.Assign) -> None:
        paths = self.value(node.value, node.targets)
        for target in node.targets:
            self.store(target, paths)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.store(node.target, self.value(node.value, [node.target]))

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.value(node.value, [node.target])
        if isinstance(node.target, ast.Attribute):
            self.found.reads |= self.at(node.target)
        self.store(node.target, set())

    def visit_For(self, node: ast.For) -> None:
        for target, values in _in_step(node):
            self.store(target, set().union(*(self.paths(value) for value in values)))
        if not isinstance(node.iter, ast.Tuple):
            self.store(node.target, {f"{path}[]" for path in self.paths(node.iter)})
        for line in (*node.body, *node.orelse):
            self.visit(line)

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None:
            self.returned(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.found.known = False

    def returned(self, value: ast.AST) -> None:
        """A function that returns a record hands out an alias that its caller would not see."""
        assert isinstance(value, ast.expr)
        if self.paths(value):
            self.found.known = False

    def generic_visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.expr):
            self.paths(node)
        else:
            super().generic_visit(node)

    def value(self, node: ast.expr, targets: Sequence[ast.expr]) -> set[str]:
        """Read the right side of a line that writes ``targets``."""
        self.updated = set().union(*(self.at(target) for target in targets if isinstance(target, ast.Attribute)))
        paths = self.paths(node)
        self.updated = set()
        return paths

    def store(self, target: ast.expr, paths: set[str]) -> None:
        """Note what is written, or what a name now stands for."""
        if isinstance(target, ast.Name):
            self.names.setdefault(target.id, set()).update(paths)
        elif isinstance(target, ast.Attribute):
            written = self.at(target)
            self.found.writes |= written
            if paths or not written <= self.fields:
                self.found.known = False  # a record is put in place of another
        elif isinstance(target, ast.Tuple):
            for item in target.elts:
                self.store(item, paths)
        else:
            self.found.known = False

    # -- expressions

    def at(self, node: ast.Attribute) -> set[str]:
        """Return where in the state an attribute lies; nothing if not in the state."""
        return {f"{path}.{node.attr}" if path else node.attr for path in self.paths(node.value)}

    def paths(self, node: ast.expr) -> set[str]:
        """Return the records of the state that an expression may be; note the fields it reads."""
        if isinstance(node, ast.Name):
            return set(self.names.get(node.id, ()))
        if isinstance(node, ast.Attribute):
            found = self.at(node)
            self.found.reads |= found & self.fields
            self.found.heeds |= (found & self.fields) - self.updated
            return found - self.fields
        if isinstance(node, ast.Subscript):
            self.paths(node.slice)
            return {f"{path}[]" for path in self.paths(node.value)}
        if isinstance(node, ast.IfExp):
            self.paths(node.test)
            return self.paths(node.body) | self.paths(node.orelse)
        if isinstance(node, ast.Call):
            self.call(node)
            return set()
        if isinstance(node, _OPAQUE):
            self.found.known = False  # it has names of its own
            return set()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr) and self.paths(child):
                self.found.known = False  # a record in a sum, a comparison, a list
        return set()

    def call(self, node: ast.Call) -> None:
        """Follow a helper; anything else must not be handed a record."""
        helper = called_function(self.function, node.func)
        if helper is None and self.paths(node.func):
            self.found.known = False  # a method of a record
        if any(isinstance(value, ast.Starred) for value in node.args) or any(
            word.arg is None for word in node.keywords
        ):
            self.found.known = False  # which argument is which shows only when it is called
            return
        given = [(None, value) for value in node.args] + [(word.arg, word.value) for word in node.keywords]
        if helper is None:
            if any(self.paths(value) for _, value in given):
                self.found.known = False
            return
        if self.apart is not None and self.apart(helper):
            self.found.apart.add(helper)
            return
        names = list(inspect.signature(helper).parameters)
        roots: dict[str, Paths] = {}
        for position, (name, value) in enumerate(given):
            paths = self.paths(value)
            if not paths:
                continue
            if name is None and position >= len(names):
                self.found.known = False
                return
            roots[name or names[position]] = frozenset(paths)
        self.found.add(_derive(helper, roots, self.fields, self.within, self.apart), self.updated)


def _in_step(node: ast.For) -> list[tuple[ast.expr, list[ast.expr]]]:
    """Return, for each name of a loop over a written-out tuple, what it stands for in turn.

    ``for me, p_me in ((s.a, p.a), (s.b, p.b))`` gives ``me`` two records of the state.
    """
    if not isinstance(node.iter, ast.Tuple):
        return []
    items, names = node.iter.elts, node.target
    rows = [item.elts for item in items if isinstance(item, ast.Tuple)]
    if isinstance(names, ast.Tuple) and len(rows) == len(items) and all(len(r) == len(names.elts) for r in rows):
        return [(name, [row[k] for row in rows]) for k, name in enumerate(names.elts)]
    return [(names, list(items))]


def flows(function: Callable[..., Any], state: type[Record]) -> dict[str, set[str]]:
    """Return, for each field that a function of the state alone writes, the fields it is computed from.

    Local names are followed, and so are conditions: what is counted only if a step is agreed is
    computed from ``steps[].agreed`` too.
    """
    tree = syntax_tree(function)
    assert isinstance(tree, ast.FunctionDef)
    name = next(iter(inspect.signature(function).parameters))
    found = _Flows(_Reader(function, {name: frozenset({""})}, {p for p, _ in leaves(state)}, Touches(), (function,)))
    while True:
        before = found.seen()
        found.block(tree.body, set())
        if found.seen() == before:
            return found.into


class _Flows:
    """Follows values through one function, from the fields it reads to those it writes."""

    def __init__(self, reader: _Reader) -> None:
        self.reader = reader
        self.locals: dict[str, set[str]] = {}
        self.into: dict[str, set[str]] = {}

    def seen(self) -> int:
        """Count what has been found, to know when nothing is added any more."""
        return sum(len(of) for kind in (self.locals, self.into, self.reader.names) for of in kind.values())

    def block(self, lines: Sequence[ast.stmt], under: set[str]) -> None:
        """Follow some lines that run under conditions on some fields."""
        for line in lines:
            if isinstance(line, ast.Assign):
                self.line(line, line.targets, self.sources(line.value) | under)
            elif isinstance(line, (ast.AugAssign, ast.AnnAssign)) and line.value is not None:
                self.line(line, [line.target], self.sources(line.value) | under)
            elif isinstance(line, ast.For):
                self.line(line, [line.target], self.sources(line.iter) | under)
                self.block([*line.body, *line.orelse], under)
            elif isinstance(line, (ast.If, ast.While)):
                self.block([*line.body, *line.orelse], under | self.sources(line.test))

    def line(self, node: ast.AST, targets: Sequence[ast.expr], sources: set[str]) -> None:
        """Note where a value goes."""
        self.reader.visit(node)
        for target in targets:
            if isinstance(target, ast.Attribute):
                for path in self.reader.at(target) & self.reader.fields:
                    self.into.setdefault(path, set()).update(sources)
            else:
                for name in (n.id for n in ast.walk(target) if isinstance(n, ast.Name)):
                    self.locals.setdefault(name, set()).update(sources)

    def sources(self, value: ast.expr) -> set[str]:
        """Return the fields that an expression is computed from."""
        self.reader.found = Touches()
        self.reader.paths(value)
        names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
        return self.reader.found.reads.union(*(self.locals.get(name, ()) for name in names))


def roots_of(member: Member) -> dict[str, Paths]:
    """Return where in the state the arguments of a member's functions lie."""
    roots: dict[str, Paths] = {"s": frozenset({""})}
    if member.clock.over == "sides":
        me, other = SIDES[member.number], SIDES[1 - member.number]
        roots |= {"me": frozenset({me}), "other": frozenset({other})}
    return roots


def dependents(model: Model) -> list[list[int]]:
    """Return, for each member, the members whose clocks may have to be timed anew after it fires.

    Returns
    -------
    list of list of int
        Member indices, rising; each list holds the member itself. All members where what an effect
        writes, or a speed reads, is not known.
    """
    members = model.members
    everyone = list(range(len(members)))
    needs: list[Touches] = []
    for member in members:
        needed = touches(member.clock.speed, roots_of(member), model.state)
        if member.clock.renews_on:
            path = renewal_path(member.clock.renews_on, member.side, member.number)
            needed.reads.add(_pattern(path))
        needs.append(needed)
    found = []
    for k, member in enumerate(members):
        done = touches(member.clock.fires, roots_of(member), model.state)
        if not done.known:
            found.append(everyone)
            continue
        found.append([j for j in everyone if j == k or not needs[j].known or needs[j].reads & done.writes])
    return found


def _pattern(path: str) -> str:
    """Turn ``"steps[3].day"`` into ``"steps[].day"``."""
    return re.sub(r"\[\d+\]", "[]", path)

"""Which fields of the state a model's function reads and writes, derived from its source.

After a firing only the clocks that read something it wrote can have changed their speed. This
derivation says which those are. Helpers and aliases (``step = s.steps[i]``) are followed; where
that is not possible the answer is "unknown", and everything is timed anew.
"""

from __future__ import annotations

import ast
import enum
import inspect
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from timeline.derived.guards import head
from timeline.errors import ModelError
from timeline.model.declarations import SIDES, Member, Model, renewal_path
from timeline.model.records import Field, Record, leaves
from timeline.model.sources import called_function, named_number, syntax_tree

Paths = frozenset[str]

#: Expressions whose inner names are not followed.
_OPAQUE = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda, ast.NamedExpr, ast.Starred)

#: More values than this make no stages: the lists of whom a firing concerns are as many.
_MOST_STAGES = 12
_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt,
    ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip


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
    settled: Mapping[str, int] | None = None,
    lines: Sequence[ast.stmt] = (),
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
    settled
        Fields whose value is known, by path: lines that cannot be reached with it are not read. Only for a
        function that writes none of them.
    lines
        Lines of the function, from its first on, if it is to be read no further.
    """
    fields = {path for path, _ in leaves(state)}
    return _derive(function, dict(roots), fields, (), apart, settled or {}, lines)


def _derive(
    function: Callable[..., Any],
    roots: dict[str, Paths],
    fields: set[str],
    within: tuple[Callable[..., Any], ...],
    apart: Callable[[Callable[..., Any]], bool] | None = None,
    settled: Mapping[str, int] = MappingProxyType({}),
    lines: Sequence[ast.stmt] = (),
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
    reader = _Reader(function, roots, fields, found, (*within, function), apart, settled)
    # Aliases may be used before the line that widens them (in a loop): read until nothing changes.
    while True:
        before = {name: set(paths) for name, paths in reader.names.items()}
        if isinstance(tree, ast.Lambda):
            reader.returned(tree.body)
        else:
            reader.block(lines or tree.body)
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
        settled: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self.settled = settled
        self.function = function
        self.fields = fields
        self.found = found
        self.within = within
        self.apart = apart
        self.updated: set[str] = set()  # what the line that is read writes
        self.names: dict[str, set[str]] = {name: set(paths) for name, paths in roots.items()}

    # -- statements

    def block(self, lines: Sequence[ast.stmt]) -> bool:
        """Read some lines; returns whether what comes after them cannot be reached."""
        for line in lines:
            if isinstance(line, ast.If):
                ends = self.branches(line)
            else:
                self.visit(line)
                ends = isinstance(line, (ast.Return, ast.Continue, ast.Break))
            if ends:
                return True
        return False

    def branches(self, node: ast.If) -> bool:
        """Read the branches that may be taken; returns whether all of them leave."""
        self.paths(node.test)
        taken = self.verdict(node.test)
        ends = [self.block(lines) for lines, other in ((node.body, False), (node.orelse, True)) if taken is not other]
        return all(ends)

    def visit_If(self, node: ast.If) -> None:
        self.branches(node)

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
        # It may be left early, or never be entered.
        self.block(node.body)
        self.block(node.orelse)

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
            taken = self.verdict(node.test)
            may_be = [side for side, other in ((node.body, False), (node.orelse, True)) if taken is not other]
            return set().union(*map(self.paths, may_be))
        if isinstance(node, ast.BoolOp):
            enough = isinstance(node.op, ast.Or)
            for value in node.values:
                if self.paths(value):
                    self.found.known = False  # a record taken for true
                if self.verdict(value) is enough:
                    break
            return set()
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

    def verdict(self, node: ast.expr) -> bool | None:
        """Return whether a condition holds, as far as what is settled decides it."""
        if not self.settled:
            return None
        if isinstance(node, ast.BoolOp):
            enough = isinstance(node.op, ast.Or)
            verdicts = [self.verdict(value) for value in node.values]
            return enough if enough in verdicts else None if None in verdicts else not enough
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inner = self.verdict(node.operand)
            return None if inner is None else not inner
        if isinstance(node, ast.Compare):
            values = [self.number(value) for value in (node.left, *node.comparators)]
            compared = [
                _COMPARED[type(how)](one, other) if type(how) in _COMPARED and None not in (one, other) else None
                for how, (one, other) in zip(node.ops, pairwise(values), strict=True)
            ]
            return False if False in compared else None if None in compared else True
        return None

    def number(self, node: ast.expr) -> Any:
        """Return the number that an expression is, if what is settled decides it: a field, or a constant."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Attribute) and (fields := self.at(node)):
            return self.settled.get(fields.pop()) if len(fields) == 1 else None
        return named_number(self.function, node)

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
        self.found.add(_derive(helper, roots, self.fields, self.within, self.apart, self.settled), self.updated)


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


def stage_of(model: Model, touched: Remembered | None = None) -> tuple[str, tuple[int, ...]]:
    """Return the field by which it differs most what speeds read, such as the phase of a crisis, and its values.

    Returns
    -------
    str
        A field of the state that is an enumeration, the one that most speeds read; empty if there is none.
    tuple of int
        0 and so on, up to its greatest value; empty if there is no such field.
    """
    touched = touched or Remembered(model)
    read = [path for member in model.members for path in touched.speed(member, {}).reads]
    kinds = {name: part.kind for name, part in model.state.fields.items() if isinstance(part, Field) and name in read}
    values = {name: _numbers(kind) for name, kind in kinds.items() if issubclass(kind, enum.IntEnum)}
    # Where all clocks heed the outcome, it tells none from the others.
    few = [n for n, known in values.items() if min(known) >= 0 and max(known) < _MOST_STAGES and n != "outcome"]
    if not few:
        return "", ()
    path = max(few, key=read.count)
    return path, tuple(range(max(values[path]) + 1))


def _numbers(kind: type[enum.IntEnum]) -> list[int]:
    return [value.value for value in kind]


def dependents(
    model: Model, settled: Mapping[str, int] | None = None, asleep: bool = False, touched: Remembered | None = None
) -> list[list[int]]:
    """Return, for each member, the members whose clocks may have to be timed anew after it fires.

    Parameters
    ----------
    model
        The model.
    settled
        Fields of the state whose value is known, by path: the lists are those of a firing after which they have
        it. An effect that writes one of them is taken to have done anything it can do.
    asleep
        Name only those that may have to be timed anew though their speed, when it was last read, left at its
        head (see `timeline.derived.guards`).
    touched
        What is known of the model already; it is added to.

    Returns
    -------
    list of list of int
        Member indices, rising; each list holds the member itself. All members where what an effect
        writes, or a speed reads, is not known.
    """
    known = dict(settled or {})
    touched = touched or Remembered(model)
    read = touched.head if asleep else touched.speed
    needs = [read(member, known) for member in model.members]
    needs_in_any = [read(member, {}) for member in model.members] if known else needs
    found = []
    for k, member in enumerate(model.members):
        done, needed = touched.effect(member, {}), needs_in_any
        if known and done.known and not done.writes & set(known):
            needed = needs
        concerned = [
            j
            for j, of in enumerate(needed)
            if j == k or not done.known or not of.known or not of.reads.isdisjoint(done.writes)
        ]
        found.append(concerned)
    return found


class Remembered:
    """What the functions of a model touch: those of a family's members are read once."""

    def __init__(self, model: Model) -> None:
        self.state = model.state
        self.heeded = {"outcome"} if model.plays_on else set()
        self.found: dict[Any, Touches] = {}

    def speed(self, member: Member, settled: dict[str, int]) -> Touches:
        """Return what a clock's timing reads: its speed, and what renews it."""
        return self._timing(self.touches(member.clock.speed, member, settled), member)

    def head(self, member: Member, settled: dict[str, int]) -> Touches:
        """Return what the head of a clock's speed reads, and what renews it; all that `speed` does if it has none."""
        lines = head(member.clock.speed)
        return self._timing(self.touches(member.clock.speed, member, settled, lines), member)

    def _timing(self, speed: Touches, member: Member) -> Touches:
        found = _with_renewal(speed, member)
        return replace(found, reads=found.reads | self.heeded) if self.heeded else found

    def effect(self, member: Member, settled: dict[str, int]) -> Touches:
        return self.touches(member.clock.fires, member, settled)

    def touches(
        self, function: Callable[..., Any], member: Member, settled: dict[str, int], lines: Sequence[ast.stmt] = ()
    ) -> Touches:
        roots = roots_of(member)
        key = (function, len(lines), *sorted(roots.items()), *settled.items())
        if key not in self.found:
            # What does not look at a field does the same whatever is there.
            usual = self.touches(function, member, {}, lines) if settled else None
            if usual is not None and not usual.reads & set(settled):
                return usual
            self.found[key] = touches(function, roots, self.state, settled=settled, lines=lines)
        return self.found[key]


def _with_renewal(found: Touches, member: Member) -> Touches:
    if not member.clock.renews_on:
        return found
    path = _pattern(renewal_path(member.clock.renews_on, member.side, member.number))
    return replace(found, reads=found.reads | {path})


def _pattern(path: str) -> str:
    """Turn ``"steps[3].day"`` into ``"steps[].day"``."""
    return re.sub(r"\[\d+\]", "[]", path)

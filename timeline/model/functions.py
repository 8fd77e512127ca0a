"""What a model's functions may do, checked before anything is played: with file and line, whatever plays them later.

Every name is looked up as the function would, every record that is handed on is followed. What cannot be followed is
left alone; the engines still stop where it goes wrong. What only machine code cannot do is said by
`timeline.engines.compilable`.
"""

from __future__ import annotations

import ast
import builtins
import enum
import inspect
import math
import operator
import types
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from timeline.errors import ModelError, nearest
from timeline.model.belonging import MUTABLE, foreign, reaches_out, set_in_file
from timeline.model.laws import law_functions
from timeline.model.records import Array, Field, Record
from timeline.model.sources import Missing, called_function, located, named_number, named_value, syntax_tree

if TYPE_CHECKING:
    from timeline.model.declarations import Clock, Function, Model

#: A loop within one firing has at most so many rounds: nothing stops a firing while it goes on.
MOST_ROUNDS = 100_000
#: In loops within loops one counts for so many whose rounds are known only when it is played, or are an array's length.
_UNKNOWN_ROUNDS, _ROUNDS_OF_ARRAY = 1_000, 100

#: What is worked out before anything is played; powers are not, for they may take for ever.
_ARITHMETIC = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}
_NO_NUMBER = (ast.Tuple, ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp, ast.JoinedStr)


@dataclass(frozen=True)
class _Part:
    """A record, or an array of records if ``many``: of the state or the parameters; ``whole`` if it is all of it."""

    of: type[Record]
    root: str
    whole: bool = False
    many: bool = False


@dataclass(frozen=True)
class _Luck:
    """The uniforms of a firing, and how many there are."""

    count: int


#: What an expression may be, as far as it is known; None stands for something else.
Shapes = frozenset[_Part | _Luck | None]
_NOTHING: Shapes = frozenset()
_ELSE: Shapes = frozenset({None})


def check_functions(model: Model) -> None:
    """Refuse a model whose functions do what no engine could play, or what would be no function of its declarations.

    That is: a field or a parameter that there is not; a uniform beyond those declared; a speed or a law that writes,
    or gives no number; an effect that moves the day; a name, a library or a builtin that reaches beyond the model;
    ``while``, and a loop of more than `MOST_ROUNDS` rounds.

    Raises
    ------
    ModelError
        Naming mechanism, clock, file, line and function.
    """
    checked = _Checked()
    if model.settle is not None:
        checked.follow(f'model "{model.name}", settle', model.settle, _of_model(model), "start")
    for mechanism in model.mechanisms:
        where = f'model "{model.name}", mechanism "{mechanism.name}"'
        if mechanism.start is not None:
            shapes = _of_model(model) | {"u": frozenset({_Luck(mechanism.uniforms)})}
            checked.follow(f"{where}, start", mechanism.start, shapes, "start")
        for clock in mechanism.clocks:
            _check_clock(checked, f'{where}, clock "{clock.name}"', model, clock)


def _check_clock(checked: _Checked, where: str, model: Model, clock: Clock) -> None:
    shapes = _of_model(model)
    if clock.over == "sides":
        sides = frozenset(_parts(model.state, "state", name) for name in ("a", "b"))
        lean = frozenset(_parts(model.parameters, "parameters", name) for name in ("a", "b"))
        shapes |= {"me": sides, "other": sides, "p_me": lean, "p_other": lean}
    for word, function in (("speed", clock.speed), *(("law", f) for f in law_functions(clock.law))):
        checked.follow(f"{where}, {word}", function, shapes, word)
        _require_number(f"{where}, {word}", function)
    checked.follow(f"{where}, fires", clock.fires, shapes | {"u": frozenset({_Luck(clock.uniforms)})}, "fires")


def _of_model(model: Model) -> dict[str, Shapes]:
    return {
        "s": frozenset({_Part(model.state, "state", whole=True)}),
        "p": frozenset({_Part(model.parameters, "parameters", whole=True)}),
    }


def _parts(record: type[Record], root: str, name: str) -> _Part | None:
    """Return what lies under a name of a record: a record or an array; None for a number."""
    part = record.fields.get(name)
    if isinstance(part, Array):
        return _Part(part.of, root, many=True)
    return None if part is None or isinstance(part, Field) else _Part(part, root)


class _Checked:
    """What has been checked of a model: a helper that is handed the same records twice is read once."""

    def __init__(self) -> None:
        self.returned: dict[Any, Shapes] = {}

    def follow(self, where: str, function: Function, given: dict[str, Shapes], role: str) -> Shapes:
        """Check a function that is handed some records; returns what it may return."""
        names = _arguments(function)
        own = {name: given[name] for name in names if name in given}
        key = (function, role, tuple(sorted((name, *map(repr, sorted(map(repr, of)))) for name, of in own.items())))
        if key not in self.returned:
            self.returned[key] = _NOTHING  # of a function that calls itself
            try:
                tree = syntax_tree(function)
            except ModelError:
                return _NOTHING
            self.returned[key] = _Reader(self, where, function, own, role).read(tree)
        return self.returned[key]


class _Reader:
    """Reads one function: first what its names stand for, then what it does with them."""

    def __init__(self, checked: _Checked, where: str, function: Function, given: dict[str, Shapes], role: str) -> None:
        self.checked = checked
        self.where = where
        self.function = function
        self.role = role
        self.names = dict(given)

    def read(self, tree: ast.FunctionDef | ast.Lambda) -> Shapes:
        """Check the whole function; returns what it may return."""
        binding, others, owners = _nodes(tree)
        # A loop may use a name before the line that widens it: read until nothing changes.
        before: dict[str, Shapes] | None = None
        while binding and before != self.names:
            before = dict(self.names)
            for node in binding:
                self.bind(node)
        for node in others:
            self.check(node, within=node in owners)
        self.check_nested(tree)
        if isinstance(tree, ast.Lambda):
            return self.shapes(tree.body)
        return _union(self.shapes(n.value) for n in others if isinstance(n, ast.Return) and n.value is not None)

    def refuse(self, node: ast.AST, what: str) -> None:
        raise ModelError(f"{self.where}: {located(self.function, getattr(node, 'lineno', None), what)}")

    # -- what names stand for

    def bind(self, node: ast.AST) -> None:
        """Take in what a line gives a name to."""
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self.store(target, [node.value])
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            self.store(node.target, [node.value])
        elif isinstance(node, (ast.For, ast.comprehension)):
            if isinstance(node.iter, ast.Tuple):
                self.store(node.target, node.iter.elts)
            else:
                self.name(node.target, _members(self.shapes(node.iter)))
        elif isinstance(node, (ast.FunctionDef, ast.Lambda)):
            for part in ast.walk(node):
                if isinstance(part, ast.arg):
                    self.names[part.arg] = self.names.get(part.arg, _NOTHING) | _ELSE
                elif isinstance(part, ast.Name):
                    self.name(part, _ELSE)

    def store(self, target: ast.expr, values: Sequence[ast.expr]) -> None:
        if isinstance(target, ast.Tuple):
            for number, inner in enumerate(target.elts):
                rows = [v.elts[number] for v in values if isinstance(v, ast.Tuple) and number < len(v.elts)]
                self.store(inner, rows) if len(rows) == len(values) else self.name(inner, _ELSE)
        else:
            self.name(target, _union(self.shapes(value) or _ELSE for value in values))

    def name(self, target: ast.expr, shapes: Shapes) -> None:
        for part in ast.walk(target):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                alone = part is target
                self.names[part.id] = self.names.get(part.id, _NOTHING) | (shapes if alone and shapes else _ELSE)

    def shapes(self, node: ast.expr) -> Shapes:
        """Return the records of the model that an expression may be."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, _NOTHING)
        if isinstance(node, ast.Attribute):
            parts = (of for of in self.shapes(node.value) if isinstance(of, _Part) and not of.many)
            return frozenset(_parts(of.of, of.root, node.attr) for of in parts)
        if isinstance(node, ast.Subscript):
            if isinstance(node.value, ast.Tuple):
                return _union(self.shapes(value) or _ELSE for value in node.value.elts)
            return _members(self.shapes(node.value))
        if isinstance(node, ast.IfExp):
            return self.shapes(node.body) | self.shapes(node.orelse)
        if isinstance(node, ast.BoolOp):
            return _union(self.shapes(value) for value in node.values)
        if isinstance(node, ast.NamedExpr):
            return self.shapes(node.value)
        return self.called(node) if isinstance(node, ast.Call) else _NOTHING

    def called(self, node: ast.Call) -> Shapes:
        """Follow a helper with the records that it is handed."""
        helper = None if self.is_local(node.func) else called_function(self.function, node.func)
        if helper is None or foreign(helper):
            return _NOTHING
        names = _arguments(helper)
        words = [(word.arg, word.value) for word in node.keywords if word.arg is not None]
        if any(isinstance(value, ast.Starred) for value in node.args) or len(words) < len(node.keywords):
            return _NOTHING
        given = {name: self.shapes(value) for name, value in [*zip(names, node.args, strict=False), *words]}
        given = {name: shapes for name, shapes in given.items() if shapes and shapes != _ELSE}
        return self.checked.follow(self.where, helper, given, self.role)

    def is_local(self, node: ast.expr) -> bool:
        """Say whether a name, or what an attribute is taken of in the end, is given or set in the function."""
        while isinstance(node, (ast.Attribute, ast.Subscript)):
            node = node.value
        return not isinstance(node, ast.Name) or node.id in self.function.__code__.co_varnames or node.id in self.names

    # -- what is done with them

    def check(self, node: ast.AST, within: bool) -> None:
        """Refuse one node of the syntax tree; ``within`` is an owner of an attribute, which is checked with it."""
        if isinstance(node, (ast.Name, ast.Attribute)):
            if isinstance(node, ast.Attribute):
                self.check_attribute(node)
            if not within:
                self.check_name(node)
        elif isinstance(node, ast.Call):
            self.check_call(node)
        elif isinstance(node, ast.Subscript):
            self.check_subscript(node)
        elif isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                self.check_written(target)
        else:
            self.check_kind(node)

    def check_kind(self, node: ast.AST) -> None:
        """Refuse statements that have no place in a model's function."""
        if isinstance(node, ast.While):
            self.refuse(node, "given `while`, which may never end; write `for _ in range(n):` and leave it by `break`")
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            word = "global" if isinstance(node, ast.Global) else "nonlocal"
            said = f"given `{word} {node.names[0]}`"
            self.refuse(node, f"{said}, expected a field of the state: what else a function keeps is lost")
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self.refuse(node, f"given `{ast.unparse(node)}`, expected imports at the top of the file")
        elif isinstance(node, ast.Delete):
            self.refuse(node, f"given `{ast.unparse(node)}`; a field of the state is there for good")
        elif isinstance(node, (ast.Yield, ast.YieldFrom, ast.Await)):
            self.refuse(node, f"given `{_cut(node)}`, expected a plain function: it is called once a firing")

    def check_attribute(self, node: ast.Attribute) -> None:
        """Refuse a field that there is not."""
        shapes = self.shapes(node.value)
        parts = [of for of in shapes if isinstance(of, _Part)]
        if not parts or len(parts) < len(shapes) or any(of.many or node.attr in of.of.fields for of in parts):
            return
        known = parts[0].of.fields
        if parts[0].whole and parts[0].root == "parameters":
            self.refuse(node, f'the model has no parameters "{node.attr}"{nearest(node.attr, known)}')
        kind = "parameter" if parts[0].root == "parameters" else "field"
        self.refuse(node, f'"{node.attr}" is no {kind} of {parts[0].of.__name__}{nearest(node.attr, known)}')

    def check_subscript(self, node: ast.Subscript) -> None:
        """Refuse a uniform beyond those declared."""
        counts = [of.count for of in self.shapes(node.value) if isinstance(of, _Luck)]
        slot = named_number(self.function, node.slice) if isinstance(node.slice, (ast.Name, ast.Attribute)) else None
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
            slot = node.slice.value
        if counts and slot is not None and slot >= max(counts):
            self.refuse(
                node, f'"{ast.unparse(node)}" read, but uniforms={max(counts)} declared; declare uniforms={slot + 1}'
            )

    def check_written(self, target: ast.expr) -> None:
        """Refuse a write that is no effect's business."""
        if isinstance(target, (ast.Tuple, ast.List)):
            for inner in target.elts:
                self.check_written(inner)
            return
        if not isinstance(target, (ast.Attribute, ast.Subscript)):
            return
        parts = [of for of in self.shapes(target.value) if isinstance(of, _Part)]
        said = f'"{ast.unparse(target)}" is written'
        if any(of.root == "parameters" for of in parts):
            self.refuse(target, f"{said}, but parameters are the same for all; write to a field of the state")
        if parts and self.role in ("speed", "law"):
            self.refuse(target, f"{said} by a {self.role}, which may only read; write in `fires`")
        if not self.is_local(target):
            self.refuse(target, f"{said}, which is no field of the state; what else a function keeps is lost")
        if not isinstance(target, ast.Attribute):
            return
        if any(of.whole and of.root == "state" for of in parts) and target.attr == "day":
            self.refuse(target, f"{said}, but the day is the clock's; declare a field of your own")
        if parts and all(_parts(of.of, of.root, target.attr) for of in parts):
            self.refuse(target, f"{said} as a whole, expected one of its fields")

    def check_call(self, node: ast.Call) -> None:
        """Refuse a loop of too many rounds, and a change to what the whole program shares."""
        if isinstance(node.func, ast.Attribute) and not self.is_local(node.func):
            owner = named_value(self.function, node.func.value)
            if isinstance(owner, MUTABLE):
                said = ast.unparse(node.func)
                self.refuse(node, f'"{said}(...)": given a {type(owner).__name__} of the module, expected a field')
        self.called(node)
        known = None if self.is_local(node.func) else named_value(self.function, node.func)
        if known is setattr and self.role in ("speed", "law"):
            self.refuse(node, f'"{_cut(node)}" by a {self.role}, which may only read; write in `fires`')
        if known is range:
            rounds = rounds_of([self.whole(value) for value in node.args])
            if rounds is not None and rounds > MOST_ROUNDS:
                self.refuse(node, f"a loop of {rounds:,} rounds, expected at most {MOST_ROUNDS:,} within one firing")

    def check_nested(self, node: ast.AST, around: int = 1) -> None:
        """Refuse loops within loops that have too many rounds together."""
        for inner in ast.iter_child_nodes(node):
            rounds = around * self.rounds(inner.iter) if isinstance(inner, ast.For) else around
            if rounds > MOST_ROUNDS and around > 1:
                self.refuse(
                    inner,
                    f"loops within loops of {rounds:,} rounds together, expected at most {MOST_ROUNDS:,} within one "
                    f"firing (one whose rounds are unknown beforehand counts as {_UNKNOWN_ROUNDS:,}); give a number",
                )
            self.check_nested(inner, rounds)

    def rounds(self, over: ast.expr) -> int:
        """Return how many rounds a loop has, or counts as."""
        if isinstance(over, ast.Tuple):
            return len(over.elts)
        if not isinstance(over, ast.Call) or named_value(self.function, over.func) is not range:
            return _ROUNDS_OF_ARRAY
        known = rounds_of([self.whole(value) for value in over.args])
        if known is not None:
            return known
        lengths = any(isinstance(value, ast.Call) for value in over.args)
        return _ROUNDS_OF_ARRAY if lengths else _UNKNOWN_ROUNDS

    def whole(self, node: ast.expr) -> int | None:
        """Return the whole number that an expression is before anything is played, if it is one."""
        if isinstance(node, (ast.Name, ast.Attribute)):
            return None if self.is_local(node) else named_number(self.function, node)
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, int) else None
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            inner = self.whole(node.operand)
            return None if inner is None else -inner
        if not isinstance(node, ast.BinOp) or type(node.op) not in _ARITHMETIC:
            return None
        left, right = self.whole(node.left), self.whole(node.right)
        return None if left is None or right is None else _ARITHMETIC[type(node.op)](left, right)

    def check_name(self, node: ast.Name | ast.Attribute) -> None:
        """Refuse what lies outside the model, and a name that there is not."""
        if self.is_local(node) or not isinstance(node.ctx, ast.Load):
            return
        path = _path(node)
        value: Any = None
        for number, part in enumerate(path):
            owner, value = value, named_value(self.function, path[0]) if number == 0 else _attribute(value, part)
            if value is Missing.NAME:
                self.missing(node, owner, part, number)
                return
            if reaches_out(value):
                self.refuse(
                    node,
                    f'"{_cut(node)}" reaches beyond the model, expected math, fields and functions of the '
                    "model: what a timeline is may depend on the seed alone; draw with u[...]",
                )
            if not isinstance(value, (types.ModuleType, enum.EnumMeta)):
                return

    def missing(self, node: ast.expr, owner: Any, part: Any, number: int) -> None:
        """Refuse a name that there is not, or that an enumeration or a module lacks."""
        if number == 0:
            # A name may yet be set, further down in the file that is being read.
            if not set_in_file(self.function, part.id):
                known = [*self.names, *self.function.__globals__, *vars(builtins)]
                self.refuse(node, f'"{part.id}" is no name that is known here{nearest(part.id, known)}')
        elif isinstance(owner, enum.EnumMeta):
            known = list(owner.__members__)
            self.refuse(node, f'"{part}" is no member of {owner.__name__}{nearest(part, known)}')
        elif owner is math:
            self.refuse(node, f'"{part}" is no name of math{nearest(part, vars(math))}')


_BINDING = (ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.For, ast.comprehension, ast.FunctionDef, ast.Lambda)
_CHECKED = (
    ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.While,
    ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom, ast.Delete, ast.Yield, ast.YieldFrom, ast.Await,
)  # fmt: skip


@cache
def _nodes(tree: ast.FunctionDef | ast.Lambda) -> tuple[list[ast.AST], list[ast.AST], set[ast.AST]]:
    """Return of a function the nodes that give names, those that are checked, and those that own an attribute."""
    body: Sequence[ast.AST] = [tree.body] if isinstance(tree, ast.Lambda) else tree.body
    nodes = [node for line in body for node in ast.walk(line)]
    binding: list[ast.AST] = [node for node in nodes if isinstance(node, _BINDING)]
    checked: list[ast.AST] = [node for node in nodes if isinstance(node, _CHECKED)]
    return binding, checked, {node.value for node in nodes if isinstance(node, ast.Attribute)}


@cache
def _arguments(function: Function) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)


def _union(many: Iterable[Shapes]) -> Shapes:
    return _NOTHING.union(*many)


def _members(shapes: Shapes) -> Shapes:
    """Return what a loop over something, or an index of it, gives: the records of arrays."""
    return frozenset(_Part(of.of, of.root) for of in shapes if isinstance(of, _Part) and of.many)


def _path(node: ast.expr) -> list[Any]:
    """Return a dotted name from its first part on: a node, then texts."""
    parts: list[Any] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    return [node, *parts]


def _attribute(owner: Any, name: str) -> Any:
    return getattr(owner, name, Missing.NAME)


def _cut(node: ast.AST) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 60 else f"{text[:57]}..."


def rounds_of(given: list[int | None]) -> int | None:
    """Return how many rounds ``range`` has, if that is known.

    Examples
    --------
    >>> rounds_of([10**12]), rounds_of([10, 0, -3]), rounds_of([None])
    (1000000000000, 4, None)
    """
    numbers = [number for number in given if number is not None]
    if len(numbers) < len(given) or not 1 <= len(given) <= 3 or (len(given) == 3 and numbers[2] == 0):
        return None
    span = range(*numbers)
    return max(0, (span.stop - span.start + span.step - (1 if span.step > 0 else -1)) // span.step)


# -- what a speed and a law must give ----------------------------------------------------


def _require_number(where: str, function: Function) -> None:
    """Refuse a speed or a law that gives no number on one of its ways."""
    try:
        tree = syntax_tree(function)
    except ModelError:
        return
    word = where.rpartition(", ")[2]

    def refuse(line: int, what: str) -> None:
        raise ModelError(f"{where}: {located(function, line, f'{what}, expected a number: the {word}')}")

    if isinstance(tree, ast.FunctionDef) and not _leaves(tree.body):
        last = tree.body[-1]
        refuse(last.lineno, "returns nothing where its last line is passed")
    returned = [tree.body] if isinstance(tree, ast.Lambda) else _returned(tree)
    for value in returned:
        for given in [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]:
            if isinstance(given, _NO_NUMBER) or (
                isinstance(given, ast.Constant) and not isinstance(given.value, (int, float))
            ):
                refuse(given.lineno, f"returns {_cut(given)}")


def _returned(tree: ast.FunctionDef) -> list[ast.expr]:
    lines = [node for node in ast.walk(tree) if isinstance(node, ast.Return)]
    return [node.value or ast.Constant(None, lineno=node.lineno, col_offset=0) for node in lines]


def _leaves(lines: Sequence[ast.stmt]) -> bool:
    """Say whether some lines always leave the function, as far as the text tells."""
    last = lines[-1] if lines else None
    if isinstance(last, ast.If):
        return _leaves(last.body) and _leaves(last.orelse)
    if isinstance(last, ast.With):
        return _leaves(last.body)
    return isinstance(last, (ast.Return, ast.Raise, ast.Try, ast.Match, ast.For))

"""Where a config says what: the line of every key path.

`tomllib` reads values and forgets where they stood. A grammar of TOML that keeps places reads the file once more,
and only when there is something to say about it.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node


def lines_of_keys(text: str) -> dict[str, int]:
    """Return the line on which each key path of a TOML file begins, counted from 1.

    Parameters
    ----------
    text
        The file, valid TOML.

    Returns
    -------
    dict
        By key path, names without their quotes: tables, keys, and members of lists such as ``"inject[0].day"``.

    Examples
    --------
    >>> lines_of_keys('seed = 1\\n[sides]\\na = "x"\\n[[inject]]\\nluck = [\\n 0.5]')
    {'seed': 1, 'sides': 2, 'sides.a': 3, 'inject': 4, 'inject[0]': 4, 'inject[0].luck': 5, 'inject[0].luck[0]': 6}
    """
    import tree_sitter_toml
    from tree_sitter import Language, Parser

    lines = _Lines()
    for node in Parser(Language(tree_sitter_toml.language())).parse(text.encode()).root_node.named_children:
        if node.type == "pair":
            lines.pair("", node)
        elif node.type in ("table", "table_array_element"):
            lines.table(node)
    return lines.found


class _Lines:
    """Collects lines while the nodes of a file are visited in their order."""

    def __init__(self) -> None:
        self.found: dict[str, int] = {}
        #: How many members a list of tables has so far; a header below it means the last.
        self._members: dict[str, int] = {}

    def table(self, node: Node) -> None:
        header, *pairs = node.named_children
        path = self._header(_names(header), _line(node), of_list=node.type == "table_array_element")
        for pair in pairs:
            if pair.type == "pair":
                self.pair(path, pair)

    def pair(self, table: str, node: Node) -> None:
        key, *value = (child for child in node.named_children if child.type != "comment")
        path = table
        for name in _names(key):
            path = _below(path, name)
            self.found.setdefault(path, _line(node))
        if value:  # tomllib may know a newer TOML than the grammar
            self._value(path, value[-1])

    def _header(self, names: list[str], line: int, *, of_list: bool) -> str:
        path = ""
        for depth, name in enumerate(names):
            path = _below(path, name)
            if of_list and depth == len(names) - 1:
                self._members[path] = self._members.get(path, 0) + 1
            elif depth == len(names) - 1:
                self.found[path] = line  # where its own header stands, though one below it came first
            self.found.setdefault(path, line)
            if path in self._members:
                path += f"[{self._members[path] - 1}]"
                self.found.setdefault(path, line)
        return path

    def _value(self, path: str, node: Node) -> None:
        if node.type == "inline_table":
            for pair in node.named_children:
                if pair.type == "pair":
                    self.pair(path, pair)
        elif node.type == "array":
            members = [child for child in node.named_children if child.type != "comment"]
            for number, member in enumerate(members):
                self.found[f"{path}[{number}]"] = _line(member)
                self._value(f"{path}[{number}]", member)


def _names(key: Node) -> list[str]:
    """Return the names of a key, without dots and quotes."""
    if key.type == "dotted_key":
        return [name for part in key.named_children for name in _names(part)]
    text = (key.text or b"").decode()
    return list(tomllib.loads(f"{text} = 0")) if key.type == "quoted_key" else [text]


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _line(node: Node) -> int:
    return node.start_point.row + 1

"""A manifest as text: an arm's part of it is written anew only if the arm has changed.

A run of many arms saves its manifest after every part: writing all of it each time would take ever longer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from timeline.study.keys import canonical, digest


class ManifestText:
    """Writes one manifest again and again.

    Notes
    -----
    The lists and tables of an arm are replaced when they change, never altered: so it is enough to look whether they
    are the same objects.
    """

    def __init__(self) -> None:
        self._written: dict[str, tuple[Any, Any, str, str]] = {}

    def write(self, manifest: Mapping[str, Any]) -> bytes:
        """Return a manifest as the file that is kept, its checksum with it.

        Examples
        --------
        >>> text = ManifestText().write({"run": "0a", "arms": {"1b": {"parts": [{"file": "x", "rows": 2}]}}})
        >>> print(text.decode().replace(json.loads(text)["checksum"], "..."), end="")
        {"run": "0a", "arms": {"1b": {"parts": [
        {"file": "x", "rows": 2}]}}, "checksum": "..."}
        """
        arms = {key: self._arm(key, arm) for key, arm in manifest["arms"].items()}
        told = digest(_joined(manifest, sorted(arms), lambda key: arms[key][0], canonical_text, ",", ":").encode())
        whole = {**manifest, "checksum": told}
        # Inside a string the quotes are escaped, so that nothing but the record of a file begins like this.
        text = _joined(whole, list(arms), lambda key: arms[key][1], plain_text, ", ", ": ")
        return (text.replace('{"file": ', '\n{"file": ') + "\n").encode()

    def _arm(self, key: str, arm: Mapping[str, Any]) -> tuple[str, str]:
        """Return an arm as it is summed, and as it is written."""
        parts, events = arm["parts"], arm.get("events")
        known = self._written.get(key)
        if known is None or known[0] is not parts or known[1] is not events:
            known = self._written[key] = parts, events, canonical_text(arm), plain_text(arm)
        return known[2], known[3]


def canonical_text(content: object) -> str:
    """Return the one text that stands for a value; see `timeline.study.keys.canonical`."""
    return canonical(content).decode()


def plain_text(content: object) -> str:
    """Return a value as JSON on one line."""
    return json.dumps(content, ensure_ascii=False)


def _joined(
    manifest: Mapping[str, Any],
    order: list[str],
    arm: Callable[[str], str],
    write: Callable[[object], str],
    comma: str,
    colon: str,
) -> str:
    """Write a manifest with arms that are texts already."""

    def table(items: list[tuple[str, str]]) -> str:
        return "{" + comma.join(f"{write(key)}{colon}{text}" for key, text in items) + "}"

    arms = table([(key, arm(key)) for key in order])
    names = sorted(manifest) if comma == "," else list(manifest)
    return table([(name, arms if name == "arms" else write(manifest[name])) for name in names])

"""Checks the values of a request. Every refusal names the key, what was expected and what was found."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .errors import WorkerError

_REQUIRED: Any = object()


class Arguments:
    """The keys of one request, or of an object inside it at `path`."""

    def __init__(self, values: Any, path: str = "") -> None:
        self._path = path
        if not isinstance(values, dict):
            raise self._refuse("", "an object", values)
        self._values = values

    def has(self, key: str) -> bool:
        """Whether the key is present and not null."""
        return self._values.get(key) is not None

    def text(self, key: str, default: Any = _REQUIRED) -> str:
        value = self._take(key, default)
        if value is default and default is not _REQUIRED:
            return default  # type: ignore[no-any-return]
        if not isinstance(value, str) or not value:
            raise self._refuse(key, "a text", value)
        return value

    def choice(self, key: str, choices: Sequence[str], default: Any = _REQUIRED) -> str:
        value = self.text(key, default)
        if value not in choices:
            raise self._refuse(key, f"one of {', '.join(choices)}", value)
        return value

    def integer(self, key: str, least: int, most: int, default: Any = _REQUIRED) -> int:
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self._refuse(key, f"an integer from {least} to {most}", value)
        return value

    def number(self, key: str, least: float, most: float, default: Any = _REQUIRED) -> float:
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise self._refuse(key, f"a number from {least:g} to {most:g}", value)
        if not least <= value <= most:
            raise self._refuse(key, f"a number from {least:g} to {most:g}", value)
        return float(value)

    def flag(self, key: str, default: bool) -> bool:
        value = self._take(key, default)
        if not isinstance(value, bool):
            raise self._refuse(key, "true or false", value)
        return value

    def integers(self, key: str, least: int, most: int, fewest: int = 1) -> list[int]:
        value = self._take(key, _REQUIRED)
        if not isinstance(value, list) or len(value) < fewest:
            raise self._refuse(key, "a list that is not empty" if fewest else "a list", value)
        for entry in value:
            if isinstance(entry, bool) or not isinstance(entry, int) or not least <= entry <= most:
                raise self._refuse(key, f"integers from {least} to {most}", entry)
        return value

    def objects(self, key: str, fewest: int = 1) -> list[Arguments]:
        value = self._take(key, _REQUIRED)
        if not isinstance(value, list) or len(value) < fewest:
            raise self._refuse(key, "a list that is not empty" if fewest else "a list", value)
        return [Arguments(entry, f"{self._name(key)}[{index}]") for index, entry in enumerate(value)]

    def table(self, key: str) -> list[tuple[str, Any]]:
        """The entries of an object, which must not be empty."""
        value = self._take(key, _REQUIRED)
        if not isinstance(value, dict) or not value:
            raise self._refuse(key, "an object that is not empty", value)
        return list(value.items())

    def inner(self, key: str, default: Any = _REQUIRED) -> Arguments:
        return Arguments(self._take(key, default), self._name(key))

    def _take(self, key: str, default: Any) -> Any:
        value = self._values.get(key, default)
        if value is _REQUIRED:
            raise WorkerError("bad-argument", f"{self._name(key)}: missing")
        return value

    def _name(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path and key else self._path or key

    def _refuse(self, key: str, expected: str, found: Any) -> WorkerError:
        shown = repr(found)
        shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
        return WorkerError("bad-argument", f"{self._name(key) or 'message'}: expected {expected}, found {shown}")

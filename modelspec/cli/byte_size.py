"""Sizes in bytes as people write them on a command line: `2GB`, `500 MiB`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import click

_UNITS: Mapping[str, int] = MappingProxyType(
    {"KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
)
_BY_LOWER = MappingProxyType({name.lower(): size for name, size in _UNITS.items()})
_WRITTEN = re.compile(r"(?P<count>\d{1,15}(?:\.\d{1,9})?)\s*(?P<unit>[A-Za-z]+)", re.ASCII)


def read_size(context: click.Context, parameter: click.Parameter, written: str | None) -> int | None:
    """An option's text as bytes, at least one; capitals make no difference. A callback of click."""
    if written is None:
        return None
    found = _WRITTEN.fullmatch(written.strip())
    if found is None or found["unit"].lower() not in _BY_LOWER:
        raise click.BadParameter(f"{written!r} is no size: write a number and one of {', '.join(_UNITS)}.")
    size = int(float(found["count"]) * _BY_LOWER[found["unit"].lower()])
    if size < 1:
        raise click.BadParameter(f"{written!r} is less than a byte.")
    return size

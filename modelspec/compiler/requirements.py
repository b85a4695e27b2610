"""`requires`: the versions a document wants, held against those that are installed."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from modelspec.diagnostics import Report
from modelspec.language.closed import Requirement

Version = tuple[int, ...]

_COMPARE: Mapping[str, Callable[[Version, Version], bool]] = MappingProxyType(
    {
        ">=": operator.ge,
        "<=": operator.le,
        ">": operator.gt,
        "<": operator.lt,
        "==": operator.eq,
        "!=": operator.ne,
    }
)


def check_requirements(
    requirements: tuple[Requirement, ...], installed: Mapping[str, str], report: Report
) -> None:
    """Report each requirement that an installed version does not meet.

    Args:
        installed: package name to version text, for `keras` and `modelspec`.
    """
    for requirement in requirements:
        version = installed[requirement.package]
        numbers = release(version)
        for sign, wanted in requirement.bounds:
            width = max(len(numbers), len(wanted))
            if not _COMPARE[sign](_padded(numbers, width), _padded(wanted, width)):
                shown = ".".join(str(part) for part in wanted)
                report.add(
                    "unmet-requirement",
                    f"the document requires `{requirement.package}{sign}{shown}`, and {version} is installed",
                    requirement.origin.place,
                    help=f"install another {requirement.package}, or change `requires`",
                )


def release(version: str) -> Version:
    """The numbers of a version: `3.15.1` and `3.15.1rc1` are (3, 15, 1)."""
    match = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()


def _padded(version: Version, width: int) -> Version:
    return version + (0,) * (width - len(version))

"""The values of one domain: those that a grid visits, and one drawn by chance."""

from __future__ import annotations

import math
from statistics import NormalDist

from modelspec.language.expressions import format_constant
from modelspec.source.tree import Node, Scalar
from modelspec.sweep.values import Choices, Domain, Normal, Range

_DIGITS = 12
"""Significant digits of a float that a grid computes: `0.1 + 2 * 0.1` is 0.3."""


def size_of(domain: Domain) -> int:
    """How many values a grid visits; the domain is one that has them."""
    match domain:
        case Choices():
            return len(domain.nodes)
        case Range():
            return len(_numbers(domain))
        case Normal():
            raise ValueError("there is no end of the values of a normal distribution")


def value_at(domain: Domain, position: int) -> Node:
    """The value that a grid visits at a position, from 0."""
    match domain:
        case Choices():
            return domain.nodes[position]
        case Range():
            return number_node(_numbers(domain)[position], domain)
        case Normal():
            raise ValueError("there is no order of the values of a normal distribution")


def values_of(domain: Choices | Range) -> tuple[Node, ...]:
    """All values that a grid visits, in order; a range is one that has an end of them."""
    if isinstance(domain, Choices):
        return domain.nodes
    return tuple(number_node(number, domain) for number in _numbers(domain))


def drawn(domain: Domain, chance: float) -> Node:
    """The value that a number from 0 up to 1, drawn evenly, stands for."""
    match domain:
        case Choices():
            return domain.nodes[int(chance * len(domain.nodes))]
        case Normal():
            # 0 has no quantile; the smallest chance above it is 2⁻⁵³.
            quantile = NormalDist(domain.mean, domain.deviation).inv_cdf(max(chance, 2.0**-54))
            return number_node(quantile, domain)
        case Range() if domain.step is not None or domain.points is not None:
            return value_at(domain, int(chance * size_of(domain)))
        case Range(low=low, high=high) if domain.whole:
            # Each integer has the numbers that round to it, so that the two ends are as likely as the others.
            between = _between(low - 0.5, high + 0.5, chance, log=domain.log)
            return number_node(min(max(math.floor(between + 0.5), low), high), domain)
        case Range(low=low, high=high):
            return number_node(min(max(_between(low, high, chance, log=domain.log), low), high), domain)


def _between(low: float, high: float, share: float, *, log: bool) -> float:
    if log:
        return math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
    return low + share * (high - low)


def _numbers(domain: Range) -> list[float]:
    """The values of a range with `step` or `points`, or of integers all; each once."""
    low, high = domain.low, domain.high
    if domain.points is not None:
        shares = [i / (domain.points - 1) for i in range(domain.points)] if domain.points > 1 else [0.0]
        values = [_between(low, high, share, log=domain.log) for share in shares]
        if domain.points > 1:
            values[-1] = high
    else:
        step = domain.step or 1
        # A last step that rounding has made a hair too long still counts.
        values = [low + i * step for i in range(int((high - low) / step + 1e-9) + 1)]
    rounded = [math.floor(value + 0.5) if domain.whole else _shortened(value) for value in values]
    return list(dict.fromkeys(rounded))


def _shortened(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def number_node(value: float, domain: Range | Normal) -> Scalar:
    """A number of a domain, as it stands in a document."""
    whole = isinstance(domain, Range) and domain.whole
    number: int | float = int(value) if whole else float(value)
    return Scalar(number, format_constant(number), domain.place)

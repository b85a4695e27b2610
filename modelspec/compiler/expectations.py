"""`expect`: what the document says the model has, held against what it has."""

from __future__ import annotations

from collections.abc import Mapping

from modelspec.diagnostics import Report
from modelspec.language.closed import Bound, Expect
from modelspec.language.values import to_data
from modelspec.link.linked import Linked


def check_expectations(expect: Expect | None, linked: Linked, report: Report) -> None:
    """Report each number or shape that differs from what `expect` says."""
    counts = {key: getattr(linked, key) for key in ("params", "trainable_params", "layers")}
    check_counts(expect, counts, without_batch(linked.output_shape), report)


def check_counts(expect: Expect | None, counts: Mapping[str, int], shape: object, report: Report) -> None:
    """The same of numbers that are known without the model.

    Args:
        counts: `params`, `trainable_params` and `layers`.
        shape: JSON structure of the outputs' shapes, without the batch.
    """
    if expect is None:
        return
    for key, bound, found in (
        ("params", expect.params, counts["params"]),
        ("trainable_params", expect.trainable_params, counts["trainable_params"]),
        ("layers", expect.layers, counts["layers"]),
    ):
        if bound is not None and not _within(bound, found):
            report.add(
                "expectation",
                f"`{key}` is {found:,}, and {_wanted(bound)} was expected",
                bound.origin.place,
                help=f"write `{key}: {found}` if the model is right",
                frames=bound.origin.frames,
            )
    if expect.output_shape is not None:
        wanted = to_data(expect.output_shape)
        if wanted != shape:
            report.add(
                "expectation",
                f"`output_shape` is {_shown(shape)}, and {_shown(wanted)} was expected",
                expect.output_shape.origin.place,
                help=f"write `output_shape: {_shown(shape)}` if the model is right",
            )


def _within(bound: Bound, found: int) -> bool:
    return (bound.low is None or found >= bound.low) and (bound.high is None or found <= bound.high)


def _wanted(bound: Bound) -> str:
    match bound.low, bound.high:
        case low, high if low == high:
            return f"{low:,}"
        case None, high:
            return f"at most {high:,}"
        case low, None:
            return f"at least {low:,}"
        case low, high:
            return f"{low:,} to {high:,}"


def without_batch(structure: object) -> object:
    """A structure of shapes with the first dimension of each left out."""
    match structure:
        case dict():
            return {key: without_batch(value) for key, value in structure.items()}
        case list() | tuple() if _is_shape(structure):
            return list(structure[1:])
        case list() | tuple():
            return [without_batch(item) for item in structure]
        case _:
            return structure


def _is_shape(structure: list[object] | tuple[object, ...]) -> bool:
    return all(size is None or isinstance(size, int) for size in structure)


def _shown(structure: object) -> str:
    import json

    return json.dumps(structure).replace('"', "")

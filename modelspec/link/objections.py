"""What is wrong with a call of a graph, told at its place with the tensors that met there."""

from __future__ import annotations

from modelspec.catalog.resolved import KerasObject, KerasOp
from modelspec.diagnostics import Report
from modelspec.graph.model import Call, Graph, Layer
from modelspec.language.values import Origin
from modelspec.link.feeds import BadFeedError, bare_references, references_in
from modelspec.link.lookup import Lookup, UnknownOutputError, several
from modelspec.link.operations import NoTensorError
from modelspec.link.outputs import choices, shape_text, tensors_in
from modelspec.link.refusal import Refused, report_called, report_made
from modelspec.link.values import TooLargeError

CallError = UnknownOutputError | BadFeedError | NoTensorError | TooLargeError | Refused
CALL_ERRORS = (UnknownOutputError, BadFeedError, NoTensorError, TooLargeError, Refused)
"""What a call raises for a mistake of the user's, as `except` takes it."""


def report_failed_call(
    report: Report,
    error: CallError,
    *,
    graph: Graph,
    call: Call,
    layer: Layer,
    made_of: KerasObject | KerasOp | None,
    what: str,
    found: Lookup,
) -> None:
    """Report why a call could not be made, at the place that is to blame.

    Args:
        report: gets one error.
        error: what was raised.
        graph: the call's.
        call: the one that failed.
        layer: what was called.
        made_of: what the layer is resolved to; `None` for slices and nested models.
        what: the layer's class, for the message.
        found: what the calls before it gave.
    """
    match error:
        case UnknownOutputError() if error.parts:
            _report_several(report, str(error), error.parts, error.origin)
        case UnknownOutputError():
            report.add("no-such-output", str(error), error.origin.place, frames=error.origin.frames)
        case BadFeedError():
            message = f"`{what}` cannot be called: {error}"
            report.add("bad-call", message, call.origin.place, frames=call.origin.frames)
        case NoTensorError():
            report.add("not-a-tensor", str(error), call.origin.place, frames=call.origin.frames)
        case TooLargeError():
            report_too_large(report, error, what=what, origin=layer.origin)
        case Refused(stage="made") if isinstance(made_of, KerasObject):
            report_made(report, error.error, what=what, origin=made_of.origin, names=made_of.arguments)
        case Refused():
            _report_refused_call(report, error, graph=graph, call=call, what=what, found=found)


def report_too_large(report: Report, error: TooLargeError, *, what: str, origin: Origin) -> None:
    """Report a variable beyond the bounds."""
    shape = " × ".join(str(size) for size in error.shape)
    if error.ordinary:
        message = (
            f"`{what}` computes with its values while it is built, and they are too many to hold ({shape})"
        )
        help = "build it in Keras, save it, and nest the archive"
    else:
        message = f"`{what}` has a variable of {shape}, more parameters than a model may have"
        help = "`--max-params` allows more"
    report.add("too-many-parameters", message, origin.place, help=help, frames=origin.frames)


def _report_refused_call(
    report: Report, refused: Refused, *, graph: Graph, call: Call, what: str, found: Lookup
) -> None:
    for reference in bare_references(call):
        parts = choices(found.look(reference), reference.call)
        if parts:
            _report_several(report, several(reference.call, parts), parts, reference.origin)
            return
    notes = _shapes_that_met(graph, call, found)
    report_called(report, refused.error, what=what, origin=call.origin, notes=notes)


def _report_several(report: Report, message: str, parts: tuple[str, ...], origin: Origin) -> None:
    written = ", ".join(f"`{part}`" for part in parts)
    report.add("several-outputs", message, origin.place, help=f"write one of {written}", frames=origin.frames)


def _shapes_that_met(graph: Graph, call: Call, found: Lookup) -> tuple[str, ...]:
    places = {done.path: done.origin for done in graph.calls}
    places |= {entry.name: entry.origin for entry in graph.inputs}
    notes = []
    for reference in references_in(call):
        name = ".".join((reference.call, *(str(step) for step in reference.index)))
        shapes = ", ".join(shape_text(tensor) for tensor in tensors_in(found.look(reference)))
        notes.append(f"`{name}` is {shapes}, from {places[reference.call].place.file_and_line}")
    return tuple(dict.fromkeys(notes))

"""A model that is one object: a Keras dict given whole, or the config of a nested archive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from modelspec.catalog.resolved import KerasObject, Resolved
from modelspec.graph.model import WholeModel
from modelspec.language.values import Origin
from modelspec.link import private
from modelspec.link.archived_layers import freeze_chosen, with_inference
from modelspec.link.feeds import structure_of
from modelspec.link.freezing import freeze_as_written
from modelspec.link.inputs import make_input
from modelspec.link.layers import first_call, make
from modelspec.link.linked import ArchivedModel
from modelspec.link.made import Bench, Made
from modelspec.link.objections import report_too_large
from modelspec.link.refusal import Refused, report_called, report_made
from modelspec.link.values import TooLargeError


def make_whole(
    whole: WholeModel,
    resolved: Resolved,
    bench: Bench,
    *,
    prefix: str,
    archives: Mapping[str, ArchivedModel],
) -> Made | None:
    """The Keras model of one object, called on the inputs where there are any; `None` where Keras objects.

    Args:
        whole: the model.
        resolved: the program it stands in.
        bench: see there.
        prefix: what stands before the paths of its layers.
        archives: by path.
    """
    made_of = _made_of(whole, resolved, archives)
    data = with_inference(made_of.data, whole, bench, prefix=prefix)
    inputs = {entry.name: make_input(entry, bench.report) for entry in whole.inputs}
    if any(tensor is None for tensor in inputs.values()):
        return None
    given = (
        structure_of(whole.inputs_as, lambda tensor: inputs[tensor.call])
        if whole.inputs_as is not None
        else None
    )
    what = str(made_of.data.get("registered_name") or made_of.data.get("class_name"))
    config = made_of.data.get("config")
    own = config.get("name") if isinstance(config, dict) else None
    # The document's own model keeps the name it has; a nested one is named by its key.
    named = whole.name if whole.key or own is None else None
    settings = {"name": named} if named is not None else {}
    seed = f"{resolved.program.spec.weights.seed}:{prefix}"

    def called(model: Any) -> Any:
        if given is not None:
            return model(given)
        return getattr(model, "outputs", None)

    try:
        # A dict may bring a compile config, whose optimizer is built with the model.
        with private.plain_optimizers():
            model, outputs = first_call(
                lambda: make(data, settings=settings, seed=seed), called, watch=bench.watch
            )
        bench.tell_warnings(whole.origin)
    except TooLargeError as error:
        report_too_large(bench.report, error, what=what, origin=whole.origin)
        return None
    except Refused as refused:
        if refused.stage == "made":
            report_made(
                bench.report, refused.error, what=what, origin=made_of.origin, names=made_of.arguments
            )
        else:
            report_called(bench.report, refused.error, what=what, origin=whole.origin, notes=())
        return None
    if not getattr(model, "built", False):
        bench.report.add(
            "keras-refused",
            f"`{what}` has no variables yet, for nothing says what it reads",
            whole.origin.place,
            help="give the model's `inputs`",
            frames=whole.origin.frames,
        )
        return None
    freeze_as_written(whole, model)
    freeze_chosen(model, whole, bench, prefix=prefix)
    return Made(whole.key, prefix, model, whole, {}, {**inputs, "": outputs}, {})


def _made_of(whole: WholeModel, resolved: Resolved, archives: Mapping[str, ArchivedModel]) -> KerasObject:
    if whole.archive is not None and whole.archive in archives:
        archive = archives[whole.archive]
        left_out = () if archive.with_optimizer else ("compile_config",)
        data = {key: value for key, value in archive.config.items() if key not in left_out}
        return KerasObject(data, Origin(whole.origin.place, whole.origin.frames), {}, verbatim=True)
    return resolved.wholes[whole.key]

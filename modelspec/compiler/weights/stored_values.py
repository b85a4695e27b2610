"""The files that values of a model lie in, opened for the length of a build."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from modelspec.archive.checkpoint import open_checkpoint
from modelspec.compiler.archives import nested_archives
from modelspec.compiler.weights.document import loads_of
from modelspec.compiler.weights.nan_weights import warn_of_nans
from modelspec.diagnostics import Place, Report
from modelspec.graph.model import Program
from modelspec.link.linked import Linked, Variable
from modelspec.source.files import shown_path
from modelspec.weights.attach.conversion import is_convertible
from modelspec.weights.casting import as_dtype
from modelspec.weights.checkpoint import Checkpoint, StoredTensor
from modelspec.weights.dtypes import stored_dtype
from modelspec.weights.nan_watch import NanWatch

if TYPE_CHECKING:
    from modelspec.weights.values import Values

ValuesOf = Callable[[Variable], "Values"]


@contextmanager
def stored_values(linked: Linked, program: Program, report: Report) -> Iterator[ValuesOf]:
    """What gives the values of a variable that lie in a file, while the files are open.

    In the end, files are told of that have nothing but NaN for a variable.

    Raises:
        SpecError: a file cannot be read, or has nothing that a variable takes.
    """
    places = _places(program)
    with ExitStack() as stack:
        found: dict[tuple[str, str], tuple[Checkpoint, StoredTensor]] = {}
        for path in dict.fromkeys(one.source[0] for one in linked.variables if one.source is not None):
            checkpoint = open_checkpoint(Path(shown_path(Path(path))), report, place=places.get(path))
            if checkpoint is not None:
                stack.enter_context(checkpoint)
                found |= {(path, tensor.key): (checkpoint, tensor) for tensor in checkpoint.tensors}
        report.raise_if_errors()
        _check(linked, found, places, report)

        watch = NanWatch()

        def values_of(variable: Variable) -> Values:
            assert variable.source is not None
            checkpoint, tensor = found[variable.source]
            values = as_dtype(checkpoint.values(tensor), stored_dtype(variable.dtype))
            return watch.watched(values, Path(variable.source[0]).name, f"{variable.owner}/{variable.name}")

        yield values_of
    warn_of_nans(watch, report, places={Path(path).name: place for path, place in places.items()})


def _places(program: Program) -> Mapping[str, Place]:
    """Where each file is named."""
    archives = {path: model.origin.place for path, model in nested_archives(program).items()}
    return archives | {str(load.path): load.origin.place for _, load in loads_of(program)}


def _check(
    linked: Linked,
    found: Mapping[tuple[str, str], tuple[Checkpoint, StoredTensor]],
    places: Mapping[str, Place],
    report: Report,
) -> None:
    """Refuse a file that has not what a variable takes, before anything is written."""
    for variable in linked.variables:
        if variable.source is None:
            continue
        path, key = variable.source
        reason = _refusal(variable, found[variable.source][1] if variable.source in found else None)
        if reason is not None:
            report.add(
                "broken-archive",
                f"`{key}` of `{Path(path).name}` is not what `{variable.owner}` can take: {reason}",
                places.get(path),
                help="save the archive anew with Keras",
            )
    report.raise_if_errors()


def _refusal(variable: Variable, tensor: StoredTensor | None) -> str | None:
    if tensor is None:
        return "it is not there"
    if tensor.shape != variable.shape:
        return f"it is of shape {list(tensor.shape)}, and the model's variable of {list(variable.shape)}"
    if not is_convertible(tensor.dtype, variable.dtype):
        return f"it is {tensor.dtype}, and the model's variable {variable.dtype}"
    return None

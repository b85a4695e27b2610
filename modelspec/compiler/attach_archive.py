"""Weights put into a `.keras` archive that exists, without its document; the rest of it stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from modelspec.archive.checkpoint import open_checkpoint
from modelspec.archive.member_names import ASSETS, CONFIG, METADATA, WEIGHTS
from modelspec.archive.reader import KerasArchive, open_keras
from modelspec.archive.writer import open_archive
from modelspec.compiler.extract import names_of_variables
from modelspec.compiler.values import Options, Progress, silent
from modelspec.compiler.weights_table import WeightsRow, rows_of
from modelspec.diagnostics import Report
from modelspec.frozen import dataclass
from modelspec.link.linked import Group, Variable
from modelspec.weights.attach.matching import Stored
from modelspec.weights.attach.plan import Plan, make_plan
from modelspec.weights.attach.rules import Rule
from modelspec.weights.attach.targets import OPTIMIZER, targets_of
from modelspec.weights.casting import as_dtype
from modelspec.weights.dtypes import stored_dtype
from modelspec.weights.hdf5 import predict_size, write_tensors

if TYPE_CHECKING:
    from modelspec.weights.checkpoint import Checkpoint
    from modelspec.weights.flat_keys import NameOf

_LAYERS = "layers"


@dataclass(frozen=True, slots=True)
class AttachedArchive:
    """An archive that was written.

    Args:
        path: where it lies.
        size: bytes of the file.
        rows: its variables, and behind them what the files have besides.
    """

    path: Path
    size: int
    rows: tuple[WeightsRow, ...]


def attach_to_archive(
    path: Path,
    sources: Sequence[tuple[Path, str | None]],
    rule: Rule,
    target: Path,
    report: Report,
    *,
    options: Options,
    progress: Progress = silent,
) -> AttachedArchive:
    """Write an archive anew with values from other files, whole or not at all.

    What no file fills keeps the value that it has.

    Args:
        path: of the archive.
        sources: files of weights in order, each with the SHA-256 that it must have.
        rule: how each goes in.
        target: where to; the archive's own path, too.
        options: how the model is linked for the names of its variables, where these are needed.

    Raises:
        SpecError: nothing was written.
    """
    with ExitStack() as stack:
        archive = open_keras(path, report)
        own = open_checkpoint(path, report)
        opened = [open_checkpoint(file, report, sha256=sha256) for file, sha256 in sources]
        report.raise_if_errors()
        assert archive is not None
        assert own is not None
        files = [stack.enter_context(one) for one in opened if one is not None]
        stack.enter_context(archive)
        stack.enter_context(own)
        name_of = _name_of(own, files, rule, options, report, progress)
        groups, variables = own_table(own, name_of)
        plan = make_plan(
            targets_of(groups, variables),
            [(rule, Stored(str(one.path), one.tensors, one.is_hdf5, one.layer_names)) for one in files],
            layers=own.layer_names,
            told=lambda number, problem: report.add(problem.code, problem.message, help=problem.help),
        )
        report.raise_if_errors()
        _write(target, archive, own, files, (groups, variables), plan, report, progress)
    return AttachedArchive(target, target.stat().st_size, rows_of(variables, plan.targets, plan))


def _name_of(
    own: Checkpoint,
    files: Sequence[Checkpoint],
    rule: Rule,
    options: Options,
    report: Report,
    progress: Progress,
) -> NameOf:
    """The names of variables, for which Keras is asked only where something goes by them."""
    from modelspec.weights.flat_keys import nameless

    if all(one.is_hdf5 for one in files) and not (rule.only or rule.exclude):
        return nameless
    return names_of_variables(own, options, report, optimizer=rule.optimizer, progress=progress)


def own_table(checkpoint: Checkpoint, name_of: NameOf) -> tuple[tuple[Group, ...], tuple[Variable, ...]]:
    """What an archive has, as the table of a model: its groups and its variables, in the file's order."""
    addresses = dict.fromkeys([*checkpoint.layer_names, *(_group(one.key) for one in checkpoint.tensors)])
    groups = tuple(
        Group(f"{address}/vars" if address else "vars", checkpoint.layer_names.get(address))
        for address in addresses
    )
    variables = []
    for tensor in checkpoint.tensors:
        layer, owner = _owner(tensor.key, checkpoint.layer_names)
        variables.append(
            Variable(
                address=tensor.key,
                owner=owner,
                below=tensor.key.removeprefix(layer).removeprefix("/"),
                name=name_of(tensor.key) or tensor.key.rpartition("/")[2],
                shape=tensor.shape,
                dtype=tensor.dtype,
                trainable=True,
                initializer=None,
                source=(str(checkpoint.path), tensor.key),
            )
        )
    return groups, tuple(variables)


def _group(address: str) -> str:
    return address.rpartition("/")[0].removesuffix("vars").removesuffix("/")


def _owner(address: str, names: Mapping[str, str]) -> tuple[str, str]:
    """The group of the layer that a variable belongs to, and its path: the names of models, then its own."""
    steps = address.split("/")
    if steps[0] == OPTIMIZER:
        return OPTIMIZER, OPTIMIZER
    path: list[str] = []
    count = 0
    while steps[count : count + 1] == [_LAYERS] and len(steps) > count + 3:
        count += 2
        path.append(names.get("/".join(steps[:count]), steps[count - 1]))
    if count == 0 and len(steps) > 2:  # an attribute of a subclassed model
        count = 1
        path.append(names.get(steps[0], steps[0]))
    return "/".join(steps[:count]), "/".join(path)


def _write(
    target: Path,
    archive: KerasArchive,
    own: Checkpoint,
    files: Sequence[Checkpoint],
    table: tuple[Sequence[Group], Sequence[Variable]],
    plan: Plan,
    report: Report,
    progress: Progress,
) -> None:
    groups, variables = table
    by_key = {tensor.key: tensor for tensor in own.tensors}
    tensors = []
    for at, variable in enumerate(variables):
        given = plan.given.get(at)
        values = (
            own.values(by_key[variable.address])
            if given is None
            else as_dtype(files[given.load].values(given.tensor), stored_dtype(variable.dtype))
        )
        tensors.append((variable.address, values))
    predicted = predict_size(groups, variables)
    texts = [name for name in (METADATA, CONFIG) if any(one.name == name for one in archive.members)]
    assets = [one for one in archive.members if one.name.startswith(ASSETS)]
    others = sum(one.size for one in archive.members if one.name != WEIGHTS)
    with open_archive(target, needed=predicted + others + 4096, report=report) as writer:
        for name in texts:
            writer.add(name, archive.read(name))
        with writer.stream(WEIGHTS) as file:
            write_tensors(
                file,
                groups,
                tensors,
                progress=lambda done: progress("writing values", done, predicted),
                settled=file.settle,
            )
        for asset in assets:
            writer.add(asset.name, archive.read(asset.name))

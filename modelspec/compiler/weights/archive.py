"""Weights put into a `.keras` archive that exists, without its document; the rest of it stays as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from modelspec.archive.checkpoint import open_checkpoint
from modelspec.archive.json_values import write_json
from modelspec.archive.member_names import ASSETS, CONFIG, METADATA, WEIGHTS, quoted
from modelspec.archive.metadata import config_bytes
from modelspec.archive.reader import KerasArchive, open_keras
from modelspec.archive.writer import open_archive
from modelspec.catalog.without_lora import without_lora
from modelspec.compiler.identity import identity_of
from modelspec.compiler.produce import require_archive_name
from modelspec.compiler.values import Options, Progress, silent
from modelspec.compiler.weights.document import stored_of, warn_of_overrides
from modelspec.compiler.weights.extract import variables_in_keras
from modelspec.compiler.weights.nan_weights import warn_of_nans
from modelspec.compiler.weights.table import WeightsRow, rows_of
from modelspec.diagnostics import Report
from modelspec.frozen import dataclass
from modelspec.link.linked import OPTIMIZER, Group, Variable
from modelspec.weights.attach.plan import Plan, make_plan
from modelspec.weights.attach.rules import Rule
from modelspec.weights.attach.targets import targets_of
from modelspec.weights.casting import as_dtype
from modelspec.weights.dtypes import stored_dtype
from modelspec.weights.hdf5 import predict_size, write_tensors
from modelspec.weights.keras_order import of_optimizer
from modelspec.weights.nan_watch import NanWatch

if TYPE_CHECKING:
    from modelspec.weights.checkpoint import Checkpoint

_LAYERS = "layers"
Opened = TypeVar("Opened", bound="KerasArchive | Checkpoint")


@dataclass(frozen=True, slots=True)
class AttachedArchive:
    """An archive that was written.

    Args:
        path: where it lies.
        size: bytes of the file.
        rows: its variables, and behind them what the files have besides.
        merged: paths in the config of the layers whose adapters of LoRA are in their kernels for good.
    """

    path: Path
    size: int
    rows: tuple[WeightsRow, ...]
    merged: tuple[str, ...] = ()


def attach_to_archive(
    path: Path,
    sources: Sequence[tuple[Path, str | None]],
    rule: Rule,
    target: Path,
    report: Report,
    *,
    options: Options,
    merge_lora: bool = False,
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
        merge_lora: whether layers lose their adapters of LoRA, whose product Keras has added to the kernels
            that it saved. What the model was compiled with goes too: its optimizer trained the adapters.

    Raises:
        SpecError: nothing was written.
    """
    require_archive_name(target, report)
    with ExitStack() as stack:
        archive = _held(open_keras(path, report), stack)
        own = _held(open_checkpoint(path, report), stack)
        opened = [_held(open_checkpoint(file, report, sha256=sha256), stack) for file, sha256 in sources]
        report.raise_if_errors()
        assert archive is not None
        assert own is not None
        files = [one for one in opened if one is not None]
        known = _known(own, files, rule, options, report, progress)
        config, merged = _config(archive, report, merge_lora=merge_lora)
        found = Report()
        table, plan = _planned(own, files, rule, known, found, with_optimizer=not merged)
        if found.has_errors and not known:
            # What is told goes by the names that people know.
            known = variables_in_keras(own, options, Report(), optimizer=rule.optimizer, progress=progress)
            found = Report()
            table, plan = _planned(own, files, rule, known, found, with_optimizer=not merged)
        report.take(found.diagnostics)
        report.raise_if_errors()
        warn_of_overrides(plan, [None] * len(files), report)
        _write(target, archive, own, files, table, plan, config, report, progress)
    return AttachedArchive(target, target.stat().st_size, rows_of(table[1], plan.targets, plan), merged)


def _planned(
    own: Checkpoint,
    files: Sequence[Checkpoint],
    rule: Rule,
    known: Mapping[str, Variable],
    report: Report,
    *,
    with_optimizer: bool,
) -> tuple[tuple[Sequence[Group], Sequence[Variable]], Plan]:
    """The archive's table, and what goes where."""
    groups, variables = own_table(own, known, with_optimizer=with_optimizer)
    plan = make_plan(
        targets_of(groups, variables),
        [(rule, stored_of(one, str(one.path))) for one in files],
        layers=own.layer_names,
        told=lambda number, problem: report.add(problem.code, problem.message, help=problem.help),
        assets=own.assets,
    )
    return (groups, variables), plan


def _config(archive: KerasArchive, report: Report, *, merge_lora: bool) -> tuple[bytes, tuple[str, ...]]:
    """The archive's config as it is to be written, and the layers that lose their adapters."""
    if not merge_lora:
        return archive.read(CONFIG), ()
    config, merged = without_lora(archive.config)
    if not merged:
        report.add(
            "no-adapters",
            f"no layer of `{archive.path}` has adapters of LoRA to be merged",
            help="leave `--merge-lora` away",
        )
    config.pop("compile_config", None)
    return config_bytes(config, report), merged


def _held(opened: Opened | None, stack: ExitStack) -> Opened | None:
    """What was opened, closed with the stack whether or not something else could be."""
    if opened is not None:
        stack.enter_context(opened)
    return opened


def _known(
    own: Checkpoint,
    files: Sequence[Checkpoint],
    rule: Rule,
    options: Options,
    report: Report,
    progress: Progress,
) -> Mapping[str, Variable]:
    """What Keras knows of variables, names and order, for which it is asked only where something needs it."""
    if all(one.is_hdf5 for one in files) and not (rule.only or rule.exclude):
        return {}
    return variables_in_keras(own, options, report, optimizer=rule.optimizer, progress=progress)


def own_table(
    checkpoint: Checkpoint, known: Mapping[str, Variable], *, with_optimizer: bool
) -> tuple[tuple[Group, ...], tuple[Variable, ...]]:
    """What an archive has, as the table of a model: its groups and its variables, in the file's order.

    Args:
        checkpoint: the archive.
        known: by address: what Keras knows of its variables.
        with_optimizer: whether those of the optimizer are among them.
    """
    tensors = [one for one in checkpoint.tensors if with_optimizer or not of_optimizer(one.key)]
    named = [one for one in checkpoint.layer_names if with_optimizer or not of_optimizer(one)]
    addresses = dict.fromkeys([*named, *(_group(one.key) for one in tensors)])
    groups = tuple(
        Group(f"{address}/vars" if address else "vars", checkpoint.layer_names.get(address))
        for address in addresses
    )
    variables = []
    for tensor in tensors:
        layer, owner = _owner(tensor.key, checkpoint.layer_names)
        in_keras = known.get(tensor.key)
        variables.append(
            Variable(
                address=tensor.key,
                owner=owner,
                below=tensor.key.removeprefix(layer).removeprefix("/"),
                name=in_keras.name if in_keras is not None else tensor.key.rpartition("/")[2],
                shape=tensor.shape,
                dtype=tensor.dtype,
                trainable=True,
                initializer=None,
                source=(str(checkpoint.path), tensor.key),
                rank=in_keras.rank if in_keras is not None else None,
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
    config: bytes,
    report: Report,
    progress: Progress,
) -> None:
    groups, variables = table
    by_key = {tensor.key: tensor for tensor in own.tensors}
    watch = NanWatch()
    tensors = []
    for at, variable in enumerate(variables):
        one = plan.given.get(at)
        if one is None:
            values = own.values(by_key[variable.address])
        else:
            taken = as_dtype(files[one.load].values(one.tensor), stored_dtype(variable.dtype))
            values = watch.watched(taken, plan.files[one.load], plan.targets[at].path)
        tensors.append((variable.address, values))
    predicted = predict_size(groups, variables)
    metadata = _metadata(archive, config, variables)
    assets = [one for one in archive.members if one.name.startswith(ASSETS) and not one.name.endswith("/")]
    _tell_what_is_dropped(archive, report)
    given = {f"{ASSETS}{path}": files[number].asset(theirs) for number, theirs, path in plan.assets}
    others = sum(one.size for one in archive.members if one.name != WEIGHTS)
    with open_archive(target, needed=predicted + others + 4096, report=report) as writer:
        writer.add(METADATA, metadata)
        writer.add(CONFIG, config)
        with writer.stream(WEIGHTS) as file:
            write_tensors(
                file,
                groups,
                tensors,
                progress=lambda done: progress("writing values", done, predicted),
                settled=file.settle,
            )
        for asset in assets:
            data = given[asset.name] if asset.name in given else archive.read(asset.name)
            writer.add(asset.name, data)
    warn_of_nans(watch, report)


def _metadata(archive: KerasArchive, config: bytes, variables: Sequence[Variable]) -> bytes:
    """The metadata as they are, but for the hashes of a model that has become another."""
    told = any(one.name == METADATA for one in archive.members)
    written = archive.read(METADATA) if told else b"{}"
    record = archive.metadata.get("modelspec")
    if not isinstance(record, dict) or config == archive.read(CONFIG):
        return written
    identity = identity_of(json.loads(config), ((one.address, one.shape, one.dtype) for one in variables))
    changed = {**archive.metadata, "modelspec": {**record, **identity.record}}
    return write_json(changed) or written


def _tell_what_is_dropped(archive: KerasArchive, report: Report) -> None:
    """Keras looks at no other members, and would write none."""
    others = [
        one.name
        for one in archive.members
        if one.name not in (METADATA, CONFIG, WEIGHTS) and not one.name.startswith(ASSETS)
    ]
    if others:
        more = f" and {len(others) - 1:,} more" if len(others) > 1 else ""
        report.add(
            "dropped-members",
            f"{quoted(others[0])}{more} in `{archive.path}` is nothing of Keras' and does not come along",
            help="keep it beside the archive, or below `assets/` of a layer that saves it",
        )

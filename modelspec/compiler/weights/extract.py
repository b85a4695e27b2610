"""Weights from any file to any format: which tensors, under which names, and the writer that takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from modelspec.archive.member_names import quoted
from modelspec.archive.sizes import readable_size
from modelspec.archive.weights_file.hdf5 import Contents, write_hdf5_file, write_shards
from modelspec.archive.weights_file.npz import write_npz
from modelspec.archive.weights_file.safetensors import write_safetensors
from modelspec.archive.weights_file.tensors import Tensor
from modelspec.compiler.values import Options, Progress, silent
from modelspec.diagnostics import Place, Report, Source, SpecError, nearest
from modelspec.frozen import dataclass
from modelspec.link.linked import Group, Variable
from modelspec.weights.flat_keys import NameOf, flat_keys, named_key, nameless
from modelspec.weights.keras_order import of_optimizer
from modelspec.weights.patterns import match_either

if TYPE_CHECKING:
    from modelspec.weights.checkpoint import Checkpoint, StoredTensor

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        ".safetensors": "a safetensors file",
        ".weights.h5": "an HDF5 file as Keras has it",
        ".npz": "an npz file of NumPy",
        ".weights.json": "a map and shards as Keras has them",
    }
)
"""What is written, by the end of the target's name."""

_BY_ADDRESS = (".weights.h5", ".weights.json")
# As Keras' own.
DEFAULT_SHARD_SIZE = 5 << 30


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall be extracted.

    Args:
        target: where to; the end of its name says the format.
        only: patterns of names; none for all.
        excluded: patterns of names to be left out.
        optimizer: whether the optimizer's state is wanted, too.
        shard_size: at most how many bytes of values a shard has.
        was: what layers are called in the file that shall be called otherwise, by the paths that they get.
        without: keys of tensors that are to be left out, whatever they are called.
    """

    target: Path
    only: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    optimizer: bool = False
    shard_size: int = DEFAULT_SHARD_SIZE
    was: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    without: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Written:
    """A tensor that was written.

    Args:
        key: what it is found by in the new file.
        source: what it was found by in the old one.
    """

    key: str
    source: str
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True, slots=True)
class Extracted:
    """Files that were written.

    Args:
        source: what the weights came from.
        target: the file, or the map of the shards.
        shards: those beside it.
        tensors: all of them, in the source's order.
        size: bytes of all files.
        optimizer_left_out: how many tensors of the optimizer were left out.
    """

    source: Path
    target: Path
    shards: tuple[Path, ...]
    tensors: tuple[Written, ...]
    size: int
    optimizer_left_out: int


def format_of(target: Path, report: Report) -> str:
    """The key of `FORMATS` that a target's name ends in. Raises `SpecError` where it ends in none."""
    found = next((end for end in FORMATS if target.name.endswith(end) and target.name != end), None)
    if found is None:
        *others, last = (f"`{end}`" for end in FORMATS)
        report.fail(
            "cannot-write",
            f"`{target}` is no name for a file of weights: it ends in none of {', '.join(others)} and {last}",
            help=f"write to `{target.name.partition('.')[0] or 'model'}.safetensors`, for example",
        )
    return found


def extract_from(
    path: Path, wanted: Wanted, report: Report, *, options: Options, progress: Progress = silent
) -> Extracted:
    """The same as `extract_weights`, of the file at a path; nothing is opened for a target of no format."""
    from modelspec.archive.checkpoint import open_checkpoint

    format_of(wanted.target, report)
    checkpoint = open_checkpoint(path, report)
    report.raise_if_errors()
    assert checkpoint is not None
    with checkpoint:
        return extract_weights(checkpoint, wanted, report, options=options, progress=progress)


def extract_weights(
    checkpoint: Checkpoint,
    wanted: Wanted,
    report: Report,
    *,
    options: Options,
    progress: Progress = silent,
) -> Extracted:
    """Write tensors of an open file of weights into another, whole or not at all, with their bits.

    Args:
        checkpoint: stays open.
        wanted: which, and where to.
        report: gets everything found wrong, and what is to be known of the result.
        options: how a model is linked for the names of its variables, where that is needed.
        progress: told of the bytes written.

    Raises:
        SpecError: nothing was written, and what was at the target is untouched.
    """
    form = format_of(wanted.target, report)
    by_address = form in _BY_ADDRESS
    tensors = checkpoint.tensors
    name_of: NameOf = nameless
    if checkpoint.is_hdf5 and (not by_address or wanted.only or wanted.excluded):
        name_of = names_of_variables(
            checkpoint, options, report, optimizer=wanted.optimizer, progress=progress
        )
    keys = tuple(one.key for one in tensors) if by_address else flat_keys(tensors, name_of)
    chosen = _chosen(tensors, name_of, wanted, report)
    if by_address and not checkpoint.is_hdf5:
        _check_addresses([keys[position] for position in chosen], checkpoint.path, form, report)
    report.raise_if_errors()
    taken = [Tensor(keys[position], checkpoint.values(tensors[position])) for position in chosen]
    total = sum(tensor.size for tensor in taken)
    stage = f"writing {readable_size(total)}"

    def told(done: int) -> None:
        progress(stage, done, total)

    shards: tuple[Path, ...] = ()
    match form:
        case ".safetensors":
            write_safetensors(wanted.target, taken, report, progress=told)
        case ".npz":
            write_npz(wanted.target, taken, report, progress=told)
        case _:
            names = renamed_layers(checkpoint.layer_names, wanted.was)
            contents = Contents(_groups(checkpoint, names, {tensor.key for tensor in taken}), tuple(taken))
            if form == ".weights.h5":
                write_hdf5_file(wanted.target, contents, report, progress=told)
            else:
                shards = write_shards(
                    wanted.target, contents, report, shard_size=wanted.shard_size, progress=told
                )
    return Extracted(
        checkpoint.path,
        wanted.target,
        shards,
        tuple(
            Written(keys[position], tensors[position].key, tensors[position].shape, tensors[position].dtype)
            for position in chosen
        ),
        sum(path.stat().st_size for path in (wanted.target, *shards)),
        0 if wanted.optimizer else sum(of_optimizer(tensor.key) for tensor in tensors),
    )


def names_of_variables(
    checkpoint: Checkpoint, options: Options, report: Report, *, optimizer: bool, progress: Progress = silent
) -> NameOf:
    """What the variables of a `.keras` archive are called; see `variables_in_keras`."""
    known = variables_in_keras(checkpoint, options, report, optimizer=optimizer, progress=progress)
    return lambda address: known[address].name if address in known else None


def variables_in_keras(
    checkpoint: Checkpoint, options: Options, report: Report, *, optimizer: bool, progress: Progress = silent
) -> Mapping[str, Variable]:
    """The variables of a `.keras` archive by address, of which only Keras knows the names and the order.

    A model that it cannot make is warned of; nothing but that is lost.
    """
    from modelspec.archive.reader import open_keras

    archive = open_keras(checkpoint.path, Report())
    if archive is None:
        return {}
    from modelspec.compiler.archived_model import link_archive  # which other files do without

    known: Mapping[str, Variable] = {}
    reason: SpecError | None = None
    with archive:
        for with_optimizer in (True, False) if optimizer else (False,):
            try:
                linked = link_archive(
                    archive, options, Report(), with_optimizer=with_optimizer, progress=progress
                )
            except SpecError as error:
                reason = reason or error
                continue
            known = {one.address: one for one in linked.variables}
            break
    if reason is not None:
        found = next(item for item in reason.diagnostics if item.severity == "error")
        what = "optimizer's variables" if known else "variables"
        report.add(
            "numbered-variables",
            f"the {what} of `{checkpoint.path}` have numbers for names: {found.message}",
            help=found.help,
        )
    return known


def _chosen(
    tensors: Sequence[StoredTensor], name_of: NameOf, wanted: Wanted, report: Report
) -> tuple[int, ...]:
    """Positions of the tensors that are wanted; patterns that match nothing are reported."""
    there = [
        position
        for position, tensor in enumerate(tensors)
        if (wanted.optimizer or not of_optimizer(tensor.key)) and tensor.key not in wanted.without
    ]
    names = [_every_name(tensors[position], name_of) for position in there]
    chosen = [True] * len(there)
    for option, patterns, keep in (("--only", wanted.only, True), ("--except", wanted.excluded, False)):
        if patterns:
            matched, idle = match_either(patterns, names)
            inside = frozenset(matched)
            chosen = [before and (number in inside) is keep for number, before in enumerate(chosen)]
            for position in idle:
                _report_idle(patterns[position], option, [found[0] for found in names], report)
    found = tuple(position for position, keep in zip(there, chosen, strict=True) if keep)
    if not found and not report.has_errors:
        if tensors and not there:
            message, help = "the file holds the state of an optimizer alone", "`--optimizer` takes it"
        else:
            message = "no tensor is left to be written" if tensors else "the file holds no tensors"
            help = "`modelspec weights show` lists what a file holds"
        report.add("nothing-chosen", message, help=help)
    return found


def _every_name(tensor: StoredTensor, name_of: NameOf) -> tuple[str, ...]:
    names = dict.fromkeys((named_key(tensor, name_of), *tensor.names, tensor.key))
    # A layer's name chooses what is in it, as elsewhere.
    steps = [name.split("/") for name in names]
    layers = ("/".join(way[:count]) for way in steps for count in range(1, len(way)))
    return tuple(dict.fromkeys((*names, *layers)))


def _report_idle(pattern: str, option: str, names: Sequence[str], report: Report) -> None:
    near = nearest(pattern.removeprefix("!").removesuffix("/**"), names)
    report.add(
        "idle-pattern",
        f"the pattern `{pattern}` of `{option}` matches no tensor",
        Place(Source(f"{option} {pattern}", "", inline=True), 0, 0),
        help=f"did you mean `{near}`?" if near else "`modelspec weights show` lists the names of all tensors",
    )


def _check_addresses(keys: Iterable[str], path: Path, form: str, report: Report) -> None:
    """Report names that are no addresses of Keras' layout, or that exclude each other in it."""
    known = set(keys)
    for key in sorted(known):
        steps = key.split("/")
        around = ("/".join(steps[:count]) for count in range(1, len(steps)))
        named = len(steps) > 1 and steps[-2] == "vars" and not {"", ".", ".."}.intersection(steps)
        if not named or not known.isdisjoint(around):
            report.add(
                "no-addresses",
                f"`{path}` holds names, such as {quoted(key)}, and `{form}` needs addresses, such as"
                " `layers/dense/vars/0`, which only a model has",
                help=f"`modelspec weights attach model.keras --from {path} -o new.keras` gives them to one,"
                " whose weights can be extracted",
            )
            return


def renamed_layers(layer_names: Mapping[str, str], was: Mapping[str, str]) -> Mapping[str, str]:
    """Names of layers by the address of their group, where some are to be called otherwise.

    Args:
        layer_names: as they are.
        was: what layers are called in `layer_names`, by the paths that they get.
    """
    if not was:
        return layer_names
    new = {(path.rpartition("/")[0], old): path.rpartition("/")[2] for path, old in was.items()}
    paths: dict[str, str] = {}
    found: dict[str, str] = {}
    for address in sorted(layer_names, key=lambda address: address.count("/")):
        above = address
        while above and above not in paths:
            above = above.rpartition("/")[0]
        path = paths.get(above, "")
        found[address] = new.get((path, layer_names[address]), layer_names[address])
        paths[address] = f"{path}/{found[address]}" if path else found[address]
    return {address: found[address] for address in layer_names}


def _groups(checkpoint: Checkpoint, names: Mapping[str, str], keys: set[str]) -> tuple[Group, ...]:
    """The groups with the names of layers, but for those around none of whose tensors one was chosen."""
    left_out = {tensor.key for tensor in checkpoint.tensors} - keys
    inside, outside = _ancestors(keys), _ancestors(left_out)
    named = {
        f"{address}/vars" if address else "vars": name
        for address, name in names.items()
        if address in inside or address not in outside
    }
    # Keras 3.5 does not load a file without the model's own group, in which hardly a model has anything.
    return tuple(Group(address, name) for address, name in ({"vars": None} | named).items())


def _ancestors(keys: Iterable[str]) -> set[str]:
    """The addresses of everything that the tensors lie in."""
    found: set[str] = set()
    for key in keys:
        steps = key.split("/")
        found.update("/".join(steps[:count]) for count in range(len(steps)))
    return found

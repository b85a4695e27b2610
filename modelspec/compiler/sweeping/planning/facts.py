"""What a plan says of one compiled variant, kept from one plan to the next."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

from modelspec.archive.atomic import WriteError, write_atomically
from modelspec.catalog.load import cache_folder
from modelspec.compiler.code_stamp import code_stamp
from modelspec.compiler.expectations import without_batch
from modelspec.compiler.fingerprint import fingerprint
from modelspec.compiler.keys import cache_key, uses_names
from modelspec.compiler.layerwise.kept import KnownLayers
from modelspec.compiler.layerwise.levels import levelled
from modelspec.compiler.layerwise.telling import tell
from modelspec.compiler.layerwise.values import Told
from modelspec.compiler.stages import compile_checked
from modelspec.compiler.sweeping.planning.said_files import said_of
from modelspec.compiler.values import Checked, Options
from modelspec.diagnostics import Report
from modelspec.frozen import dataclass
from modelspec.graph.model import Graph, Program, Tensor, TensorList, TensorMap, TensorStructure
from modelspec.link.linked import OPTIMIZER, Linked
from modelspec.weights.table import ITEM_SIZES

MAX_ENTRIES = 20_000
_ROOMS = ("architecture", "catalog", "compiler", "decompiler")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a plan knows of a variant.

    Args:
        params: as `count_params()`.
        trainable_params: those that train.
        layers: how many layers.
        memory: bytes of its variables, those of the optimizer among them.
        output_shape: JSON structure of the outputs' shapes, without the batch.
        outputs: the shape of each output by every name that the document has for it.
        exact: the hash of the architecture, names and all.
        built: what tells it from all that is built and trained otherwise; the model's own name does not.
    """

    params: int
    trainable_params: int
    layers: int
    memory: int
    output_shape: object
    outputs: tuple[tuple[str, object], ...]
    exact: str
    built: str


def facts_of(checked: Checked, options: Options, report: Report, known: KnownLayers) -> Facts:
    """The facts of a variant; Keras is needed only where a layer, or the like of it, was never seen.

    Args:
        known: what is known of layers; gets what is found.

    Raises:
        SpecError: with everything found wrong.
    """
    told = tell(checked, options, known)
    if told is not None:
        facts = _facts(told, checked, options)
        check_expected(checked, facts, report)
        return facts
    keep = options.use_cache and not uses_names(checked.resolved, checked.custom.by_hand)
    # Whether files of weights fit is asked of the files, each time.
    keep = keep and not checked.spec.weights.loads
    key = _key(checked, options) if keep else ""
    kept = read_facts(key) if keep else None
    if kept is None or kept.params > options.max_params:
        compiled = compile_checked(checked, replace(options, use_cache=False), report)
        kept = _facts(told_of(compiled.linked), checked, options)
        if keep:
            write_facts(key, kept)
        return kept
    check_expected(checked, kept, report)
    return kept


def check_expected(checked: Checked, facts: Facts, report: Report) -> None:
    """Report where a variant is not what its document expects. Raises `SpecError` then."""
    from modelspec.compiler.expectations import check_counts

    check_counts(
        checked.spec.expect,
        {"params": facts.params, "trainable_params": facts.trainable_params, "layers": facts.layers},
        facts.output_shape,
        report,
    )
    report.raise_if_errors()


def prune_facts() -> None:
    """Take the oldest of what is kept away where there is too much."""
    from modelspec.compiler.cache import prune

    prune(_folder(), most=MAX_ENTRIES)


def _folder() -> Path:
    return cache_folder() / "planned"


def _key(checked: Checked, options: Options) -> str:
    return fingerprint(cache_key(checked), code_stamp(rooms=_ROOMS), said_of(checked, options))


def told_of(linked: Linked) -> Told:
    """The same of a model without values as is told of one layer by layer."""
    from modelspec.architecture.hashing import exact_of, hash_of, hash_of_compile
    from modelspec.architecture.reading import read_architecture

    exact, level = read_architecture(linked.config), read_architecture(levelled(linked.config))
    rows = [(one.owner, one.below, one.shape, one.dtype) for one in linked.datasets if one.owner != OPTIMIZER]
    return Told(
        params=linked.params,
        trainable_params=linked.trainable_params,
        layers=linked.layers,
        memory=sum(math.prod(one.shape) * ITEM_SIZES.get(one.dtype, 0) for one in linked.datasets),
        output_shape=linked.output_shape,
        exact=exact_of(exact.graph)[0],
        levelled=exact_of(level.graph)[0],
        compile=hash_of_compile(level),
        variables=hash_of(sorted(rows)),
    )


def _facts(told: Told, checked: Checked, options: Options) -> Facts:
    shape = without_batch(told.output_shape)
    return Facts(
        params=told.params,
        trainable_params=told.trainable_params,
        layers=told.layers,
        memory=told.memory,
        output_shape=shape,
        outputs=_outputs(checked.program, shape),
        exact=told.exact,
        built=fingerprint(told.levelled, told.compile, told.variables, said_of(checked, options)),
    )


def _outputs(program: Program, shape: object) -> tuple[tuple[str, object], ...]:
    """The shapes of the outputs by their names: as `outputs` writes them, and as Keras knows them."""
    main = program.main
    if not isinstance(main, Graph):
        return ()
    found = dict(_named(main.outputs, shape))
    for written, known in main.output_names:
        if known in found:
            found.setdefault(written, found[known])
    return tuple(found.items())


def _named(tensors: TensorStructure, shape: object) -> list[tuple[str, object]]:
    match tensors:
        case Tensor(call=call, index=()):
            return [(call.rpartition("/")[2], shape), (call, shape)]
        case TensorList(items=items) if isinstance(shape, list) and len(shape) == len(items):
            return [pair for item, one in zip(items, shape, strict=True) for pair in _named(item, one)]
        case TensorMap(items=items) if isinstance(shape, dict):
            return [
                pair
                for key, item in items
                if key in shape
                for pair in ((key, shape[key]), *_named(item, shape[key]))
            ]
        case _:
            return []


def read_facts(key: str) -> Facts | None:
    """What was kept under a key; what cannot be read counts as absent."""
    try:
        data = json.loads((_folder() / f"{key}.json").read_bytes())
        return Facts(**{**data, "outputs": tuple((name, shape) for name, shape in data["outputs"])})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_facts(key: str, facts: Facts) -> None:
    """Keep facts; a folder that cannot be written to is left alone."""
    path = _folder() / f"{key}.json"
    data = {name: getattr(facts, name) for name in Facts.__slots__}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(data).encode(), durable=False)
    except (OSError, WriteError):
        pass

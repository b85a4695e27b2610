"""What blocks, their parameters and inputs are called, and what a parameter is where a use does not say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Several
from functools import reduce

from modelspec.decompiler.folding.blocks import Block, Slot
from modelspec.decompiler.folding.names import text_of
from modelspec.decompiler.folding.parameters import Param
from modelspec.decompiler.folding.patterns import Const, Given, Missing, Pattern, Table, Text, same_key
from modelspec.decompiler.folding.values import Column, Feed, Leaf, Node, Ref, Run, Use
from modelspec.frozen import dataclass
from modelspec.language.words import ITEM_WORDS, LOCAL_KEY, RESERVED_NAMES

_TAGS: Mapping[str, str] = {
    "BatchNormalization": "bn",
    "LayerNormalization": "norm",
    "GroupNormalization": "norm",
    "RMSNormalization": "norm",
    "Activation": "act",
    "ReLU": "act",
    "LeakyReLU": "act",
    "PReLU": "act",
    "ELU": "act",
    "Softmax": "softmax",
    "Dropout": "drop",
    "SpatialDropout2D": "drop",
    "Dense": "dense",
    "EinsumDense": "dense",
    "Embedding": "embed",
    "ZeroPadding2D": "pad",
    "ZeroPadding1D": "pad",
    "MaxPooling2D": "pool",
    "AveragePooling2D": "pool",
    "MaxPooling1D": "pool",
    "AveragePooling1D": "pool",
    "GlobalAveragePooling2D": "pool",
    "MultiHeadAttention": "attention",
    "GroupedQueryAttention": "attention",
    "Attention": "attention",
    "LSTM": "lstm",
    "GRU": "gru",
    "Bidirectional": "bidirectional",
    "Add": "add",
    "ops.add": "add",
    "Concatenate": "concat",
    "Multiply": "scale",
    "ops.multiply": "scale",
    "DepthwiseConv2D": "depthwise",
    "SeparableConv2D": "separable",
    "Reshape": "reshape",
    "Flatten": "flatten",
}
_CONVOLUTION = re.compile(r"Conv[123]D(Transpose)?$")
_WORDS: Mapping[str, str] = {"strides": "stride", "kernel_size": "kernel", "pool_size": "pool"}
_NO_NAMES = frozenset({"in", "prev", "i", "and", "or", "not", "if", "else", "true", "false", "null"}) | {
    "min", "max", "abs", "int", "float", "round", "ceil", "floor", "len", "range", "sum",
}  # fmt: skip
_LONGEST_TAGGED = 4
_COUNTED = re.compile(r"(?<=[a-z])[0-9]+[a-z]?$|[0-9]+$")
_MOST_OF = 4  # all but one in so many


@dataclass(frozen=True, slots=True)
class Declared:
    """A parameter's declaration."""

    type: str
    required: bool
    default: object = None


@dataclass(frozen=True, slots=True)
class Title:
    """What a block and its parts are called."""

    name: str
    params: tuple[str, ...]
    declared: tuple[Declared, ...]
    inputs: tuple[str, ...]

    @property
    def order(self) -> tuple[int, ...]:
        """The parameters as a reader wants them: what a use must say first, switches last."""
        ranks = [
            (declared.type == "bool", not declared.required, place)
            for place, declared in enumerate(self.declared)
        ]
        return tuple(place for *_, place in sorted(ranks))


@dataclass(frozen=True, slots=True)
class Titles:
    """By the numbers of the blocks."""

    blocks: Mapping[int, Title]


def titles_of(
    blocks: Mapping[int, Block],
    order: Several[int],
    uses: Mapping[int, Several[Use]],
    outside: Several[Slot],
    taken: Iterable[str],
) -> Titles:
    """Titles for blocks.

    Args:
        order: their numbers, each block after those that it uses.
        uses: of each block.
        outside: the items outside every block.
        taken: what no block may be called.
    """
    sites = _sites(blocks, outside)
    used = {*taken, *ITEM_WORDS, *RESERVED_NAMES}
    found: dict[int, Title] = {}
    for number in order:
        block = blocks[number]
        name = _free(_block_name(block, uses[number], found), used)
        used.add(name)
        inputs = _inputs(block, found)
        params = _param_names(block, found, inputs)
        declared = tuple(
            _declared(param, sites.get((number, place), [])) for place, param in enumerate(block.params)
        )
        found[number] = Title(name, params, declared, inputs)
    return Titles(found)


def _free(name: str, taken: Iterable[str]) -> str:
    if name not in taken:
        return name
    count = 2
    while f"{name}{count}" in taken:
        count += 1
    return f"{name}{count}"


# --- blocks -----------------------------------------------------------------------------------------------


def _block_name(block: Block, uses: Several[Use], titles: Mapping[int, Title]) -> str:
    keys = _keys(block, titles)
    word = _word([text_of(use.name) for use in uses if use.name is not None])
    holds_run = any(slot.count is not None for slot in block.slots)
    if word is not None and not (holds_run and word in {*_TAGS.values(), "conv"}):
        return word
    if holds_run:
        return "stage"
    last = block.slots[-1]
    if (
        not block.scoped
        and isinstance(last.name, Text)
        and isinstance(last.sample, Leaf)
        and len(last.sample.reads) > 1
    ):
        word = _word([text_of(use.nodes[-1].name) for use in uses if _is_named(use.nodes[-1])])  # type: ignore[union-attr]
        if word is not None:
            return word
    tags = [_tag(key) for key in keys]
    whole = [tag for tag in tags if tag]
    if "attention" in whole and len(whole) > _LONGEST_TAGGED:
        return "encoder"
    if len(whole) <= _LONGEST_TAGGED and len(whole) == len(block.slots):
        name = "_".join(dict.fromkeys(whole) if len(set(whole)) == 1 else whole)
        if LOCAL_KEY.fullmatch(name):
            return "residual" if whole[-1] == "add" or (len(whole) > 1 and whole[-2] == "add") else name
    if any(key in ("Add", "ops.add") for key in keys):
        return "residual"
    if keys[-1] == "Concatenate":
        return "branches"
    return "unit"


def _is_named(node: Node | None) -> bool:
    return isinstance(node, Leaf) and node.name is not None


def _keys(block: Block, titles: Mapping[int, Title]) -> list[str]:
    return [slot.key if isinstance(slot.key, str) else titles[slot.key].name for slot in block.slots]


def _tag(key: str) -> str:
    if key in _TAGS:
        return _TAGS[key]
    if _CONVOLUTION.search(key):
        return "conv"
    return key if key[:1].islower() and not key.startswith("ops.") else ""


def _word(names: list[str]) -> str | None:
    """The last word of names without what is counted: `block` of `conv2_block1`, `block2a`, `block_2`."""
    if not names:
        return None
    words: dict[str, int] = {}
    for name in names:
        *before, last = name.split("_")
        if last.isdigit() and before and before[-1].isalpha():
            last = before[-1]
        word = _COUNTED.sub("", last).lower()
        words[word] = words.get(word, 0) + 1
    word = max(words, key=lambda one: words[one])
    usual = words[word] * _MOST_OF <= len(names) * (_MOST_OF - 1)
    return None if usual or len(word) < 2 or not LOCAL_KEY.fullmatch(word) else word


# --- inputs -----------------------------------------------------------------------------------------------


def _inputs(block: Block, titles: Mapping[int, Title]) -> tuple[str, ...]:
    if block.inputs == 1:
        return ("in",)
    names = ["in"]
    for number in range(1, block.inputs):
        word = _input_word(block, -1 - number, titles) or "other"
        names.append(_free(word, {*names, *_NO_NAMES, *(_written(slot) for slot in block.slots)}))
    return tuple(names)


def _written(slot: Slot) -> str:
    if isinstance(slot.name, Text) and all(isinstance(part, Const) for part in slot.name.parts):
        return "".join(str(part.value) for part in slot.name.parts if isinstance(part, Const))
    return ""


def _input_word(block: Block, source: int, titles: Mapping[int, Title]) -> str | None:
    """What the argument is called that takes an input."""
    for slot in block.slots:
        feed = slot.feed
        if isinstance(slot.key, int) and isinstance(feed, list):
            names = titles[slot.key].inputs
            for place, ref in enumerate(feed):
                if place and ref.source == source and len(names) > 1:
                    return names[place]
        if isinstance(feed, dict):
            for key, value in feed.items():
                if (
                    key
                    and isinstance(value, Ref)
                    and value.source == source
                    and key not in ("query", "value")
                ):
                    return "mask" if key.endswith("mask") else key
    return None


# --- parameters -------------------------------------------------------------------------------------------


def _param_names(block: Block, titles: Mapping[int, Title], inputs: tuple[str, ...]) -> tuple[str, ...]:
    written = {_written(slot) for slot in block.slots}
    words = [_param_word(param, block, titles) for param in block.params]
    names: list[str] = []
    for param, word in zip(block.params, words, strict=True):
        taken = {*names, *inputs, *_NO_NAMES}
        name = word
        if words.count(word) > 1 or name in taken:
            place = int(param.hints[0][0])
            label = re.sub(r"[^A-Za-z0-9_]", "_", _written(block.slots[place]))
            longer = f"{label}_{word}" if label and not label[0].isdigit() else word
            name = longer if longer not in written else word
        names.append(_free(name, taken))
    return tuple(names)


def _param_word(param: Param, block: Block, titles: Mapping[int, Title]) -> str:
    words: dict[str, float] = {}
    for hint in param.hints:
        word = _hinted(hint, block, titles)
        words[word] = words.get(word, 0.5 if word in ("filters", "units") else 0.0) + 1
    word = max(words, key=lambda one: words[one]) if words else "value"
    return re.sub(r"[^A-Za-z0-9_]", "_", word)


def column_names(slot: Slot, titles: Titles, taken: Iterable[str]) -> tuple[str, ...]:
    """What the columns of rows are called."""
    names: list[str] = []
    for hint, _ in slot.rows:
        match hint:
            case ("use", place):
                assert isinstance(slot.key, int)
                word = titles.blocks[slot.key].params[int(place)]
            case (*_, step):
                word = _WORDS.get(step, step)
            case _:
                word = "value"
        names.append(_free(word, {*names, *taken, *_NO_NAMES}))
    return tuple(names)


def _hinted(hint: tuple[str, ...], block: Block, titles: Mapping[int, Title]) -> str:
    slot = block.slots[int(hint[0])]
    match hint[1:]:
        case ("use", number, place, word):
            return titles[int(number)].params[int(place)] if word != "n" else "n"
        case ("when",):
            return _switch(slot, titles)
        case ("letter",):
            return "letter"
        case (cls, "padding") if cls.startswith("ZeroPadding"):
            return "pad_width"
        case (*_, step):
            return _WORDS.get(step, step)
        case _:
            return "value"


_SWITCHES: Mapping[str, str] = {
    "Add": "residual", "ops.add": "residual", "ZeroPadding2D": "pad", "BatchNormalization": "norm",
    "LayerNormalization": "norm", "Dropout": "dropout", "MaxPooling2D": "pool", "AveragePooling2D": "pool",
}  # fmt: skip


def _switch(slot: Slot, titles: Mapping[int, Title]) -> str:
    """What is switched on with an item."""
    written = _written(slot)
    if slot.key in _SWITCHES:
        return _SWITCHES[str(slot.key)]
    word = written.lower().rpartition("_")[2]
    if re.fullmatch(r"[a-z]{3,}", word):
        return word
    if isinstance(slot.key, int):
        inputs = isinstance(slot.feed, list) and slot.feed == [Ref(-1)]
        return "project" if inputs else titles[slot.key].name
    return "project" if slot.feed == Ref(-1) else _tag(slot.key) or "more"


_TYPES: Mapping[type, str] = {bool: "bool", int: "int", float: "float", str: "str", list: "list"}


def _declared(param: Param, sites: Several[Pattern]) -> Declared:
    kinds = dict.fromkeys(
        _TYPES.get(type(value), "any") for value in param.values if not isinstance(value, Missing)
    )
    kind = next(iter(kinds)) if len(kinds) == 1 else "any"
    gaps = any(isinstance(value, Missing) for value in param.values)
    counts: dict[object, tuple[int, object]] = {}
    known = [
        value.value for value in sites if isinstance(value, Const) and not isinstance(value.value, Missing)
    ]
    for value in known or ([one for one in param.values if not isinstance(one, Missing)] if gaps else []):
        key = same_key(value)
        counts[key] = (counts.get(key, (0, None))[0] + 1, value)
    if not counts:
        return Declared(kind, required=True)
    count, value = reduce(lambda one, two: two if two[0] > one[0] else one, counts.values())
    if kind == "bool" and len(known) == len(sites):
        on = sum(value is True for value in param.values)
        return Declared(kind, required=False, default=2 * on > len(param.values))
    if not gaps and (count < 2 or count * 3 < len(sites)):
        return Declared(kind, required=True)
    return Declared(kind, required=False, default=value)


def _sites(blocks: Mapping[int, Block], outside: Several[Slot]) -> dict[tuple[int, int], list[Pattern]]:
    """What is written for each parameter of each block, wherever the block stands."""
    found: dict[tuple[int, int], list[Pattern]] = {}
    for slot in (*(slot for block in blocks.values() for slot in block.slots), *outside):
        if isinstance(slot.key, int) and isinstance(slot.args, Table):
            for place, (_, pattern) in enumerate(slot.args.items):
                if not _is_column(pattern):
                    found.setdefault((slot.key, place), []).append(pattern)
    return found


def _is_column(pattern: Pattern) -> bool:
    return isinstance(pattern, Const) and isinstance(pattern.value, Column)


__all__ = ["Declared", "Feed", "Given", "Run", "Title", "Titles", "titles_of"]

"""The rules: what each is for, what it needs, and the function that finds it.

A rule's id is the code of its diagnostics, which fixes its level; `docs/lint.md` has a section for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Literal

from modelspec.diagnostics.codes import CODES, Severity
from modelspec.frozen import dataclass
from modelspec.lint import (
    activation_rules,
    attention_rules,
    default_rules,
    load_rules,
    loss_rules,
    normalization_rules,
    preprocessing_rules,
    sequence_rules,
    shape_rules,
    text_rules,
    training_rules,
    value_rules,
    wiring_rules,
)
from modelspec.lint.finding import Finding
from modelspec.lint.load_rules import OrderedLoad
from modelspec.lint.view import View
from modelspec.source.tree import Mapping as Tree

Fix = Literal["none", "safe", "unsafe"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Args:
        id: its name, and the code of its diagnostics.
        reason: why what it finds is seldom meant.
        of_graph: finds it in the graph, without Keras.
        of_model: finds it in the linked model, for it needs shapes, dtypes or counts.
        of_text: finds it in the document's tree, before anything is expanded.
        of_loads: finds it in the files of weights.
        fix: whether `--fix` mends it where it can be, or only with `--unsafe-fixes`.
        asked: whether it is only looked for where somebody selects it.
        is_told_by_check: whether `check` and `build` tell it anyway, so that it is only chosen and ignored.
    """

    id: str
    reason: str
    of_graph: Callable[[View], Iterator[Finding]] | None = None
    of_model: Callable[[View], Iterator[Finding]] | None = None
    of_text: Callable[[Tree], Iterator[Finding]] | None = None
    of_loads: Callable[[tuple[OrderedLoad, ...]], Iterator[Finding]] | None = None
    fix: Fix = "none"
    asked: bool = False
    is_told_by_check: bool = False

    @property
    def level(self) -> Severity:
        """`error`, `warning` or `info`."""
        return CODES[self.id].severity


_RULES = (
    # losses and outputs
    Rule(
        "loss-logits",
        "a perfect prediction of three classes still costs 0.55",
        of_graph=loss_rules.loss_logits,
    ),
    Rule(
        "loss-probabilities",
        "the logarithm of what is no probability is cut off, and with it the gradient",
        of_graph=loss_rules.loss_probabilities,
    ),
    Rule("loss-shape", "the loss is of another problem than the output", of_model=loss_rules.loss_shape),
    Rule("softmax-one", "the output is the constant 1", of_model=activation_rules.softmax_one),
    # wiring
    Rule("unused-input", "a tensor has to be fed that changes nothing", is_told_by_check=True),
    Rule("unused-node", "it is computed, or left out of the archive, for nothing", is_told_by_check=True),
    Rule("unused-model", "a model that nothing uses is not in the archive", is_told_by_check=True),
    Rule("dead-node", "it is read, and still no output depends on it", of_graph=wiring_rules.dead_node),
    Rule("merge-of-one", "one tensor merged is the tensor", of_model=wiring_rules.merge_of_one),
    Rule("same-input", "one of the two was most likely another", of_graph=wiring_rules.same_input),
    # training
    Rule("nothing-trains", "`fit` would change nothing", of_model=training_rules.nothing_trains),
    Rule(
        "bn-frozen-half",
        "statistics and kernels that move apart undo what was learnt",
        of_model=training_rules.bn_frozen_half,
    ),
    Rule(
        "name-order-weights", "values land in layers of another role", of_loads=load_rules.name_order_weights
    ),
    Rule("needs-code", "whoever loads the archive needs the code, too", is_told_by_check=True),
    Rule("unsafe-allowed", "whoever loads the archive runs what stands in it", is_told_by_check=True),
    # layers beside each other
    Rule(
        "bias-before-bn",
        "the mean is taken away again, and the bias with it",
        of_graph=normalization_rules.bias_before_bn,
        fix="unsafe",
    ),
    Rule(
        "bn-after-dropout",
        "the variance in training is another than in inference, which the statistics do not know",
        of_graph=normalization_rules.bn_after_dropout,
    ),
    Rule(
        "dropout-odd",
        "the rate or the place is one that hardly anybody wants",
        of_graph=normalization_rules.dropout_odd,
        fix="safe",
    ),
    Rule(
        "activation-twice",
        "the second changes nothing, or flattens",
        of_graph=activation_rules.activation_twice,
    ),
    Rule(
        "linear-linear",
        "two linear layers are one linear layer with more parameters",
        of_model=activation_rules.linear_linear,
    ),
    # sequences and attention
    Rule(
        "mask-destroyed",
        "padding counts like a word; Keras warns only when the model runs",
        of_model=sequence_rules.mask_destroyed,
    ),
    Rule(
        "return-sequences",
        "the loss averages over steps what was meant for the sequence",
        of_model=sequence_rules.return_sequences,
    ),
    Rule(
        "attention-dim",
        "`key_dim` was taken for the width of all heads",
        of_model=attention_rules.attention_dim,
    ),
    # shapes, values, dtypes
    Rule(
        "size-collapse",
        "most of the window is over padding, and its weights never learn",
        of_model=shape_rules.size_collapse,
    ),
    Rule("flatten-large", "one layer has most of what can overfit", of_model=shape_rules.flatten_large),
    Rule(
        "initializer-zeros",
        "units that start equal get equal gradients and stay equal",
        of_graph=value_rules.initializer_zeros,
    ),
    Rule(
        "initializer-shared-seed",
        "two kernels that shall differ start as one",
        of_model=value_rules.initializer_shared_seed,
    ),
    Rule(
        "mixed-precision-output",
        "the smallest number of `float16` is 6e-8, and a loss takes logarithms",
        of_model=value_rules.mixed_precision_output,
    ),
    Rule(
        "preprocess-twice",
        "the values are 255 times smaller than the model expects",
        of_model=preprocessing_rules.preprocess_twice,
    ),
    # the text, where somebody asks
    Rule(
        "attention-causal",
        "what is predicted can be read off the input",
        of_graph=attention_rules.attention_causal,
        asked=True,
    ),
    Rule(
        "unused-var",
        "the reader looks for what it does",
        of_text=text_rules.unused_var,
        fix="safe",
        asked=True,
    ),
    Rule(
        "unused-block",
        "the reader looks for what it does",
        of_text=text_rules.unused_block,
        fix="safe",
        asked=True,
    ),
    Rule(
        "unused-param",
        "the reader looks for what it does",
        of_text=text_rules.unused_param,
        fix="safe",
        asked=True,
    ),
    Rule("block-once", "the reader has to look in two places", of_text=text_rules.block_once, asked=True),
    Rule(
        "default-written",
        "what is written looks as if it were meant",
        of_graph=default_rules.default_written,
        fix="safe",
        asked=True,
    ),
    Rule(
        "groups-equal-filters",
        "it is slower than the depthwise convolution on most devices",
        of_model=shape_rules.groups_equal_filters,
        asked=True,
    ),
    Rule(
        "identity-activation",
        "it changes nothing",
        of_graph=activation_rules.identity_activation,
        fix="safe",
        asked=True,
    ),
    Rule("unused-ignore", "it hides the next finding there"),
)

RULES: Mapping[str, Rule] = MappingProxyType({rule.id: rule for rule in _RULES})

# Names for several rules at once.
GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "all": tuple(RULES),
        "default": tuple(rule.id for rule in _RULES if not rule.asked),
        "hygiene": tuple(rule.id for rule in _RULES if rule.asked),
        "error": tuple(rule.id for rule in _RULES if rule.level == "error"),
    }
)

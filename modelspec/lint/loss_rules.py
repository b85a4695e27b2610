"""Losses that do not fit what the model gives, so that they compute another value than is meant."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.diagnostics import Label
from modelspec.lint.activations import LINEAR, PROBABILITIES, Activation, activation_of
from modelspec.lint.finding import Finding
from modelspec.lint.losses import CrossEntropy, cross_entropies
from modelspec.lint.view import View

# Activations whose values are certainly no probabilities.
_NO_PROBABILITIES = frozenset({LINEAR, "relu", "relu6", "leaky_relu", "tanh", "elu", "selu", "gelu", "silu"})


def loss_logits(view: View) -> Iterator[Finding]:
    """A cross-entropy with `from_logits` of probabilities."""
    for model, loss in cross_entropies(view):
        last = activation_of(loss.tensor, model)
        if loss.from_logits and last is not None and last.name in PROBABILITIES:
            yield _finding(
                "loss-logits",
                f"`{loss.name}` with `from_logits: true` applies {_function(loss)} to what has been through "
                f"`{last.name}` already",
                loss,
                last,
                help="take `from_logits` out, or end the model without an activation",
            )


def loss_probabilities(view: View) -> Iterator[Finding]:
    """A cross-entropy of probabilities given values that are none."""
    for model, loss in cross_entropies(view):
        last = activation_of(loss.tensor, model)
        if not loss.from_logits and last is not None and last.name in _NO_PROBABILITIES:
            what = "no activation" if last.name == LINEAR else f"`{last.name}`"
            yield _finding(
                "loss-probabilities",
                f"`{loss.name}` takes probabilities, and the output ends with {what}",
                loss,
                last,
                help=f"end the model with `{_activation(loss)}`, or give the loss `from_logits: true`"
                if last.name == LINEAR
                else f"end the model with `{_activation(loss)}`",
            )


def loss_shape(view: View) -> Iterator[Finding]:
    """A cross-entropy of another kind of output, or of other targets than a metric takes."""
    for model, loss in cross_entropies(view):
        last = activation_of(loss.tensor, model)
        if loss.kind == "binary" and last is not None and last.name == "softmax":
            yield _finding(
                "loss-shape",
                f"`{loss.name}` judges each number by itself, and `softmax` makes them one distribution",
                loss,
                last,
                help="take `categorical_crossentropy`, or `sigmoid` where several classes may be right",
            )
        shape = model.shape(loss.tensor)
        if (
            loss.kind != "binary"
            and shape is not None
            and -len(shape) <= loss.axis < len(shape)
            and shape[loss.axis] == 1
        ):
            yield Finding(
                "loss-shape",
                f"`{loss.name}` chooses among classes, and the output has one",
                loss.origin,
                help="take `binary_crossentropy` with `sigmoid`, or give the output one unit for each class",
            )
        for metric, kind in loss.metrics:
            if loss.kind != "binary" and kind != loss.kind:
                yield Finding(
                    "loss-shape",
                    f"`{loss.name}` takes {_TARGETS[loss.kind]}, and `{metric}` takes {_TARGETS[kind]}",
                    loss.origin,
                    help="take the metric and the loss of one kind; `accuracy` fits either",
                )


_TARGETS = {"categorical": "one-hot targets", "sparse": "the numbers of classes", "binary": "zeros and ones"}


def _function(loss: CrossEntropy) -> str:
    return f"a {_activation(loss)}"


def _activation(loss: CrossEntropy) -> str:
    return "sigmoid" if loss.kind == "binary" else "softmax"


def _finding(rule: str, message: str, loss: CrossEntropy, last: Activation, *, help: str) -> Finding:
    label = Label(last.node.origin.place, "the output gets its values here")
    return Finding(rule, message, loss.origin, help=help, labels=(label,))

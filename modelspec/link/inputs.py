"""The tensors that a model's inputs stand for."""

from __future__ import annotations

from typing import Any

import keras

from modelspec.diagnostics import Report
from modelspec.language.closed import Input
from modelspec.link.refusal import report_made


def make_input(entry: Input, report: Report) -> Any:
    """The tensor of an input; `None` where Keras objects, which is reported."""
    settings = {
        "shape": entry.shape,
        "batch_shape": entry.batch_shape,
        "dtype": entry.dtype,
        "sparse": entry.sparse,
        "ragged": entry.ragged,
        "optional": entry.optional,
    }
    try:
        return keras.Input(
            **{key: value for key, value in settings.items() if value is not None}, name=entry.called
        )
    except Exception as error:
        report_made(report, error, what=entry.name, origin=entry.origin, names={})
        return None

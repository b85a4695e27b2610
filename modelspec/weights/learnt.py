"""What layers that prepare data have learnt from it and keep beside their arguments, as arguments.

Both Kerases keep a vocabulary in a text file of the archive, and the weights of its entries as a variable. Of
a `Discretization` Keras 2 keeps a summary of the data as a variable, Keras 3 the boundaries in the config.

Source: `save_assets` and `set_vocabulary` of `IndexLookup`, `get_bin_boundaries` of `Discretization`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

Config = Mapping[str, Any]
"""The arguments of a layer."""

VOCABULARY = "vocabulary.txt"
"""The file that a vocabulary is kept in."""

IDF_WEIGHTS = "idf_weights"
"""The variable of the weights of its entries, and the argument."""

LOOKUPS = frozenset({"IntegerLookup", "StringLookup", "TextVectorization"})
"""Classes that have a vocabulary."""

BINNED = "Discretization"

_NUMBERS = "IntegerLookup"
_SENTENCES = "TextVectorization"
_UNKNOWN: Mapping[str, object] = {"IntegerLookup": -1}
_WEIGHED = frozenset({"tf_idf", "tf-idf"})


def lacks_vocabulary(class_name: str, config: Config) -> bool:
    """Whether a layer has a vocabulary that its arguments do not hold."""
    return class_name in LOOKUPS and config.get("vocabulary") is None


def lacks_boundaries(class_name: str, config: Config) -> bool:
    """Whether a layer has boundaries that its arguments do not hold."""
    return class_name == BINNED and config.get("bin_boundaries") is None


def is_weighed(config: Config) -> bool:
    """Whether the entries of a layer's vocabulary have weights."""
    return config.get("output_mode") in _WEIGHED


def entries_of(data: bytes, class_name: str, config: Config) -> list[object]:
    """The vocabulary of a layer from its file, without the tokens that Keras puts before it.

    Raises:
        ValueError: the file is no text, or holds no whole numbers where it should.
    """
    lines = data.decode("utf-8").split("\n")
    if len(lines) > 1 and all(line.endswith("\r") for line in lines[:-1]):
        lines = [line.removesuffix("\r") for line in lines]  # as written under Windows
    leading = _leading(class_name, config)
    if [str(token) for token in leading] == lines[: len(leading)]:
        lines = lines[len(leading) :]
    if class_name == _NUMBERS:
        return [int(line) for line in lines if line]
    return list(lines)


def weights_of(
    stored: np.ndarray[Any, Any], entries: list[object], class_name: str, config: Config
) -> list[float]:
    """The weights of a vocabulary's entries, of what a layer keeps: those of other tokens stand around them.

    Raises:
        ValueError: it has weights for fewer.
    """
    first = len(_leading(class_name, config))
    if stored.ndim != 1 or len(stored) < first + len(entries):
        raise ValueError("there are fewer weights than entries")
    found: list[float] = stored[first : first + len(entries)].astype("float32").tolist()
    return found


def _leading(class_name: str, config: Config) -> list[object]:
    """What stands in a vocabulary before its entries: what is masked, and what stands for the unknown."""
    sentences = class_name == _SENTENCES
    mask = "" if sentences else config.get("mask_token")
    unknown = config.get("oov_token", _UNKNOWN.get(class_name, "[UNK]")) if not sentences else "[UNK]"
    count = 1 if sentences else config.get("num_oov_indices", 1)
    masked = [mask] if mask is not None and config.get("output_mode") in (None, "int") else []
    return [*masked, *([unknown] * (count if isinstance(count, int) else 1))]


def boundaries_of(summary: np.ndarray[Any, Any], bins: int) -> list[float]:
    """The boundaries that a layer has learnt, of the summary that it keeps of its data.

    Between the values of the summary one goes in proportion to their weights.

    Args:
        summary: values in the first row, in order, and in the second how many each stands for.
        bins: how many there are to be.

    Raises:
        ValueError: it is no summary.
    """
    import numpy as np

    if summary.ndim != 2 or len(summary) != 2 or bins < 1:
        raise ValueError("it is no summary of data")
    values, weights = summary
    part = 1.0 / bins
    if not len(values) or len(values) * part < 1:
        found: list[float] = values[:-1].tolist()
        return found
    parts = part + np.arange(0.0, 1.0, part)
    total = weights.cumsum()
    at = np.interp(parts, total / total[-1], values).astype("float32")
    found = at[:-1].tolist()
    return found

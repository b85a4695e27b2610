"""The attributes of a whole model in HDF5, read without looking at anything else of the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from modelspec.archive.container import open_regular
from modelspec.archive.json_values import read_json
from modelspec.archive.limits import LIMITS
from modelspec.archive.refusal import Refused
from modelspec.archive.sizes import readable_size
from modelspec.frozen import dataclass
from modelspec.weights.foreign_hdf5 import DAMAGE

Json = Any

_TEXTS = ("model_config", "training_config", "keras_version", "backend")
_NAMES = ("layer_names", "weight_names")


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the root of an HDF5 file says of a model.

    Args:
        texts: those of `model_config`, `training_config`, `keras_version` and `backend` that are there.
        lists_layers: whether it is a file of weights of the older form, by `layer_names`.
        groups: the names of its groups and datasets, the first few.
    """

    texts: dict[str, str]
    lists_layers: bool
    groups: tuple[str, ...]

    def json(self, name: str) -> dict[str, Json] | None:
        """An attribute that is JSON; raises `Refused`."""
        text = self.texts.get(name)
        if text is None:
            return None
        try:
            return read_json(text.encode("utf-8", "surrogatepass"), LIMITS)
        except Refused as refused:
            raise Refused(refused.code, f"has a `{name}` that {refused.message}") from None


def read_attributes(path: Path) -> Attributes:
    """The attributes of the root of a file.

    Raises:
        Refused: the file is damaged, or an attribute is no text, or too large.
        OSError: it cannot be read.
    """
    import h5py

    with open_regular(path) as raw:
        try:
            with h5py.File(raw, "r") as file:
                names = set(file.attrs.keys())
                texts = {name: _text(file.attrs, name) for name in _TEXTS if name in names}
                groups = tuple(name for name, _ in zip(file.keys(), range(8), strict=False))
                return Attributes(texts, bool(names & set(_NAMES)), groups)
        except DAMAGE as error:
            message = f"is a damaged HDF5 file, which HDF5 cannot read ({type(error).__name__})"
            raise Refused("broken-archive", message, help="copy or download it again") from None


def _text(attributes: Any, name: str) -> str:
    import h5py

    attribute = attributes.get_id(name)
    kind = attribute.get_type()
    if attribute.shape != () or kind.get_class() != h5py.h5t.STRING:
        raise Refused("unsafe-weights", f"has an attribute `{name}` that is no text")
    if not kind.is_variable_str() and kind.get_size() > LIMITS.json:
        raise _too_large(name, kind.get_size())
    value = attributes[name]
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    if len(text) > LIMITS.json:
        raise _too_large(name, len(text))
    return text


def _too_large(name: str, size: int) -> Refused:
    most = readable_size(LIMITS.json)
    return Refused("archive-too-large", f"has a `{name}` of {readable_size(size)}, more than {most}")

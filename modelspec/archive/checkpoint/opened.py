"""A file of weights that is open: what every format has in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Self

from modelspec.archive.member_names import quoted
from modelspec.archive.refusal import Refused
from modelspec.diagnostics import Place, Report
from modelspec.weights.checkpoint import StoredTensor
from modelspec.weights.table import ITEM_SIZES

if TYPE_CHECKING:
    from modelspec.weights.values import Values

Read = Callable[[StoredTensor], "Values"]
"""Gives the values of a tensor; making them raises `Refused` or `OSError` where the file is damaged."""

_MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class Request:
    """A wish to open a file.

    Args:
        path: where it lies, and what it is called in messages.
        report: told what is wrong, when it is opened and later when values are read.
        place: where it is named, if in a document.
    """

    path: Path
    report: Report
    place: Place | None

    def refuse_flaws(self, flaws: Iterable[tuple[str, str]], *, of: str | None = None) -> None:
        """Tell of what no file of weights has, and raise `Refused`; nothing happens where there is none.

        Args:
            flaws: where in the file, and one sentence.
            of: the file that has them, if it is not the one asked for.
        """
        self.refuse([_of_flaw(where, sentence, of) for where, sentence in islice(flaws, _MOST_TOLD)])

    def refuse(self, refusals: Sequence[Refused]) -> None:
        """Tell of all refusals but one, which is raised; nothing happens where there are none."""
        for refused in refusals[1:_MOST_TOLD]:
            refused.note(self.report, name=str(self.path), place=self.place)
        if refusals:
            raise refusals[0]


def _of_flaw(where: str, sentence: str, of: str | None) -> Refused:
    parts = [quoted(part) for part in (of, where.strip("/")) if part]
    at = f" ({' in '.join(reversed(parts))})" if parts else ""
    return Refused("unsafe-weights", f"is not read: {sentence}{at}", help="save the weights anew with Keras")


def refuse_unknown(dtypes: Mapping[str, str]) -> None:
    """Raise `Refused` for the first tensor of a dtype that Keras does not have.

    Args:
        dtypes: by the tensors' keys.
    """
    for key, dtype in dtypes.items():
        if dtype not in ITEM_SIZES:
            raise Refused(
                "unknown-dtype",
                f"has the tensor {quoted(key)} of the dtype `{dtype}`, which Keras does not have",
                help="convert it with the library that wrote it, to `float32` or `bfloat16`",
            )


@dataclass(frozen=True, slots=True)
class OpenCheckpoint:
    """An open file of weights; see `modelspec.weights.checkpoint.Checkpoint`.

    Args:
        read: gives the values of a tensor.
        closing: lets go of the file.
        is_ordered: whether the order of the tensors is one that somebody gave them.
        read_asset: gives the content of an asset.
    """

    request: Request
    form: str
    tensors: tuple[StoredTensor, ...]
    read: Read
    closing: ExitStack
    is_hdf5: bool = False
    is_ordered: bool = True
    layer_names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    assets: tuple[str, ...] = ()
    read_asset: Callable[[str], bytes] | None = None

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.request.path

    def asset(self, path: str) -> bytes:
        """The content of one of its assets. Raises `SpecError` where the file turns out to be damaged."""
        if self.read_asset is None:
            raise KeyError(path)
        return self.read_asset(path)

    def values(self, tensor: StoredTensor) -> Values:
        """The values of one of its tensors, with their bits, read when they are made.

        Making them raises `SpecError` where the file turns out to be damaged.
        """
        values = self.read(tensor)
        return replace(
            values,
            fill=values.fill and self._told(values.fill, tensor),
            whole=values.whole and self._told(values.whole, tensor),
            lying=values.lying and replace(values.lying, read=self._told(values.lying.read, tensor)),
        )

    def _told(self, make: Callable[..., Any], tensor: StoredTensor) -> Callable[..., Any]:
        def made(*arguments: Any) -> Any:
            try:
                return make(*arguments)
            except Refused as refused:
                failure = refused
            except OSError as error:
                reason = str(error.strerror or error).lower()
                failure = Refused("broken-archive", f"is damaged at {quoted(tensor.key)}: {reason}")
            failure.fail(self.request.report, name=str(self.path), place=self.request.place)

        return made

    def close(self) -> None:
        """Let go of the file."""
        self.closing.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

"""What each call of a graph gave, found by the references of the calls after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from modelspec.graph.model import Graph, Tensor
from modelspec.language.values import Origin
from modelspec.link.made import Made
from modelspec.link.outputs import NoSuchOutputError, choices, part_of
from modelspec.link.refusal import WordedError


class UnknownOutputError(WordedError):
    """A reference names no tensor of what it reads; the text is the message.

    Args:
        message: which, and what there is.
        origin: the reference's.
        parts: references to the outputs of which one is wanted.
    """

    def __init__(self, message: str, origin: Origin, parts: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.origin = origin
        self.parts = parts


@dataclass(slots=True)
class Lookup:
    """What a graph's inputs and calls gave so far.

    Args:
        outputs: by call path, inputs included: a tensor or a structure of tensors.
        models: by call path: the nested model that was called.
    """

    outputs: dict[str, Any] = field(default_factory=dict)
    models: dict[str, Made] = field(default_factory=dict)

    def look(self, reference: Tensor) -> Any:
        """The tensor, or the structure of tensors, of a reference.

        Raises:
            UnknownOutputError: the call has no such output.
        """
        structure = self.outputs[reference.call]
        try:
            return part_of(structure, self._steps(reference), name=reference.call)
        except NoSuchOutputError as error:
            raise UnknownOutputError(str(error), reference.origin) from None

    def look_for_one(self, reference: Tensor) -> Any:
        """The one tensor of a reference.

        Raises:
            UnknownOutputError: the call has no such output, or this one is several.
        """
        found = self.look(reference)
        parts = choices(found, reference.call)
        if parts:
            raise UnknownOutputError(several(reference.call, parts), reference.origin, parts)
        return found

    def _steps(self, reference: Tensor) -> tuple[int | str, ...]:
        """The steps of a reference; a name of one of a nested model's listed outputs as its number."""
        made = self.models.get(reference.call)
        structure = self.outputs[reference.call]
        named = bool(reference.index) and isinstance(reference.index[0], str)
        if not named or made is None or not isinstance(made.graph, Graph) or isinstance(structure, dict):
            return reference.index
        written = [name for name, _ in made.graph.output_names]
        if reference.index[0] not in written:
            return reference.index
        return (written.index(str(reference.index[0])), *reference.index[1:])


def several(name: str, parts: tuple[str, ...]) -> str:
    """The message that `name` gives as many tensors as it has parts, and cannot be read bare."""
    return f"`{name}` gives {len(parts)} tensors where one is wanted"

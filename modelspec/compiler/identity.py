"""What a model is known by, whoever built it: the hashes that an archive records and that a lock holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from modelspec.architecture.hashing import Hashes, hash_of, hash_of_compile, hashes_of
from modelspec.frozen import dataclass

if TYPE_CHECKING:
    from modelspec.link.linked import Linked

Json = Any
Row = tuple[str, tuple[int, ...], str]
"""A variable of a file of weights: its address there, its shape and its dtype."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The hashes of a model.

    Args:
        architecture: of its layers and their wiring.
        compile: of what it was compiled with; `None` where it was not.
        variables: of the table of its variables, those of the optimizer among them, without values; `None`
            where that was not recorded.
    """

    architecture: Hashes
    compile: str | None
    variables: str | None

    @property
    def record(self) -> dict[str, object]:
        """What `metadata.json` and the lock say of it."""
        found = self.architecture
        return {
            "architecture": {"exact": found.exact, "auto": found.auto, "structure": found.structure},
            "compile": self.compile,
            "variables": self.variables,
        }


def identity_of(config: Mapping[str, Json], rows: Iterable[Row] | None) -> Identity:
    """The hashes of a model.

    Args:
        config: its serialization dict.
        rows: its variables in any order; `None` where they are not known.
    """
    # Only here: what was kept needs none of it.
    from modelspec.architecture.reading import read_architecture

    architecture = read_architecture(config)
    table = None if rows is None else hash_of_table(rows)
    return Identity(hashes_of(architecture), hash_of_compile(architecture), table)


def hash_of_table(rows: Iterable[Row]) -> str:
    """The hash of a table of variables, in whatever order they come."""
    return hash_of(sorted([path, list(shape), dtype] for path, shape, dtype in rows))


def rows_of(linked: Linked) -> Iterator[Row]:
    """The variables of the archive of a model without values."""
    for variable in linked.datasets:
        yield variable.address, variable.shape, variable.dtype


def recorded_identity(record: object) -> Identity | None:
    """What an archive's metadata say of its model; `None` where they say nothing that can be read."""
    match record:
        case {
            "architecture": {"exact": str(exact), "auto": str(auto), "structure": str(structure)},
            "compile": str() | None as compiled,
            "variables": str() | None as variables,
        }:
            return Identity(Hashes(exact, auto, structure), compiled, variables)
        case _:
            return None

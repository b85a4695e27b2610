"""Where Keras' walk over a model stores things: a sink that writes down what was stored, and a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from modelspec.link import private
from modelspec.link.linked import Group


class Sink(private.saving_lib.H5IOStore):  # type: ignore[misc]
    """Takes what Keras' walk stores; a subclass only because the walk checks for it.

    Attributes:
        groups: the groups `vars`, in order.
        stored: in order: the group's address, the key in it, and what was stored there.
        saveables: by the address of a group, without its `vars`: what saves itself there.
    """

    def __init__(self) -> None:
        self.groups: list[Group] = []
        self.stored: list[tuple[str, str, Any]] = []
        self.saveables: dict[str, Any] = {}
        self._address = ""
        self._here: dict[str, Any] = {}
        self._made = False

    def __bool__(self) -> bool:
        return True

    def make(self, path: str, metadata: Mapping[str, str] | None = None) -> Sink:
        """Begin a group; Keras makes one for everything that saves itself."""
        self._address = f"{path}/vars" if path else "vars"
        self._here = {}
        self._made = False
        if metadata:
            self._make_group(metadata.get("name"))
        return self

    def belongs_to(self, saveable: Any) -> None:
        """What was stored last is `saveable`'s."""
        self.saveables.setdefault(self._address.removesuffix("vars").removesuffix("/"), saveable)

    def _make_group(self, name: str | None) -> None:
        self.groups.append(Group(self._address, name))
        self._made = True

    def __setitem__(self, key: str, value: Any) -> None:
        if not self._made:
            self._make_group(None)
        self._here[key] = value
        self.stored.append((self._address, str(key), value))

    def __getitem__(self, key: str) -> Any:
        return self._here[key]

    def __delitem__(self, key: str) -> None:
        del self._here[key]
        self.stored = [entry for entry in self.stored if entry[:2] != (self._address, str(key))]

    def __contains__(self, key: object) -> bool:
        return key in self._here

    def __len__(self) -> int:
        return len(self._here)

    def keys(self) -> Any:
        """What the group has so far, which some layers look at."""
        return self._here.keys()

    def close(self) -> None:
        """Nothing is open."""


class Assets(private.saving_lib.DiskIOStore):  # type: ignore[misc]
    """A folder for assets, each below made when a layer that has some is met."""

    def __init__(self, folder: str) -> None:
        self.working_dir = folder

    def make(self, path: str) -> str:
        """A folder for what a layer saves."""
        made = Path(self.working_dir, path)
        made.mkdir(parents=True, exist_ok=True)
        return str(made)

    def close(self) -> None:
        """The caller takes the folder away."""

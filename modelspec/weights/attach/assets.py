"""What layers save beside their variables, such as vocabularies: which of a file goes to which layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from modelspec.weights.attach.renaming import Renaming, rename_all
from modelspec.weights.attach.rules import Rule
from modelspec.weights.attach.subtrees import is_below, relative_names
from modelspec.weights.names import names_of
from modelspec.weights.patterns import match_either


@dataclass(frozen=True, slots=True)
class Assets:
    """What a model, or a file, has besides variables.

    Args:
        paths: below `assets/`: the address of a layer's group, and the name of a file.
        layers: names of layers by the address of their group.
    """

    paths: Sequence[str]
    layers: Mapping[str, str]

    def names(self, path: str) -> tuple[str, ...]:
        """What an asset is called, by the names of the layers around it."""
        return names_of(path, self.layers)

    def owners(self, path: str) -> tuple[str, ...]:
        """What it, and the layer that saves it, is called."""
        names = self.names(path)
        return (*names, *(name.rpartition("/")[0] for name in names))


def match_assets(
    rule: Rule, renamings: Sequence[Renaming], theirs: Assets, own: Assets
) -> tuple[tuple[str, str], ...]:
    """The assets that both have, as pairs of paths: the file's and the model's.

    Names count, as for variables; whatever `match` says, a vocabulary is not found by its order.
    """
    known: dict[str, str] = {}
    for path in theirs.paths:
        names = theirs.names(path)
        if rule.source is None or any(is_below(name, rule.source) for name in names):
            inside = relative_names(names, rule.source)
            known |= dict.fromkeys(reversed(rename_all(renamings, inside).names), path)
    found = []
    for path in _chosen(rule, own):
        names = own.names(path)
        if rule.into is None or any(is_below(name, rule.into) for name in names):
            match = next((known[name] for name in relative_names(names, rule.into) if name in known), None)
            if match is not None:
                found.append((match, path))
    return tuple(found)


def _chosen(rule: Rule, own: Assets) -> list[str]:
    """Those of a model's assets that `only` and `exclude` leave."""
    things = [own.owners(path) for path in own.paths]
    wanted = set(match_either(rule.only, things)[0]) if rule.only else set(range(len(things)))
    wanted -= set(match_either(rule.exclude, things)[0])
    return [path for at, path in enumerate(own.paths) if at in wanted]

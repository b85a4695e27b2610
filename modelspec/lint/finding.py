"""What a rule finds, and the edit of the text that mends it."""

from __future__ import annotations

from modelspec.diagnostics import Diagnostic, Label, Place
from modelspec.frozen import dataclass
from modelspec.language.values import Origin


@dataclass(frozen=True, slots=True)
class Edit:
    """A span of a text and what stands there afterwards."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Remove:
    """A fix that takes an item, or an entry of a mapping, out of the text.

    Args:
        key: the place of the item's class or of the entry's key.
        whole_item: whether the item goes, of which nothing but its class and arguments may be written.
        section: whether a mapping of which nothing is left goes too, with its key.
    """

    key: Place
    whole_item: bool = False
    section: bool = False


@dataclass(frozen=True, slots=True)
class SetArgument:
    """A fix that writes an argument of an item, whether it stands there or not.

    Args:
        item: the place of the item's class.
        name: the argument's name.
        value: as it is written.
    """

    item: Place
    name: str
    value: str


Change = Remove | SetArgument


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule found.

    Args:
        rule: the rule's id, which is the code of its diagnostic.
        message: without paths, so that the uses of a block say the same and are told once.
        origin: where, with the frames that led there.
        help: what to do.
        change: what mends it; `None` where nobody but the author can say.
        labels: further places.
        notes: further facts.
    """

    rule: str
    message: str
    origin: Origin
    help: str | None = None
    change: Change | None = None
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def diagnostic(self) -> Diagnostic:
        """The finding as what it is told by."""
        return Diagnostic(
            self.rule,
            self.message,
            self.origin.place,
            self.help,
            self.origin.frames,
            self.labels,
            self.notes,
        )

"""What was done to an architecture, as a list of edits from which the second can be made of the first."""

from __future__ import annotations

from enum import Enum
from typing import Literal

from modelspec.architecture.comparing.matching import Why
from modelspec.architecture.comparing.sides import NodePath
from modelspec.architecture.model import Json
from modelspec.frozen import dataclass

Op = Literal["add", "remove", "rename", "replace", "rewire", "argument", "inputs", "outputs", "compile"]

OPS: tuple[Op, ...] = (
    "add",
    "remove",
    "rename",
    "replace",
    "rewire",
    "argument",
    "inputs",
    "outputs",
    "compile",
)

Key = tuple[str | int, ...]


class Absent(Enum):
    """The value of what is not there, which `None` may be."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT

Follows = Literal["names", "edges"]
"""What an edit follows from: Keras counts on, so automatic names move; something is put in or taken out, so
what stands beside it reads something else.
"""


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing done.

    Args:
        path: of the node, or of the model whose inputs, outputs or compile settings these are; `()` is the
            model itself, `None` where the node was not there before.
        after_path: likewise, afterwards.
        key: where in it: `("arguments", "filters")`, `("calls", 0, "tensors")`, `("optimizer", …)`.
        before, after: what was there; `ABSENT` for nothing. Of `rename` names, of `add` and `remove` the
            whole node, of `replace` the node but for its calls.
        why: what says that the two are one node.
        follows: what it follows from; `None` for what somebody did.
        automatic: of `rename`, whether Keras may have counted each of the two names.
    """

    op: Op
    path: NodePath | None
    after_path: NodePath | None
    key: Key = ()
    before: Json = ABSENT
    after: Json = ABSENT
    why: Why | None = None
    follows: Follows | None = None
    automatic: tuple[bool, bool] = (False, False)

"""What a call may leave without a name: never a flag, and no more than a reader can tell apart.

What goes along with all work (`report`, `context`, `scope`, `bench`) comes last and by position.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import modelspec

PACKAGE = Path(modelspec.__file__).parent
PLAIN = {"str", "int", "float", "bytes"}
# Called everywhere, with the same three things first.
BY_HABIT = {"diagnostics/report.py: add", "diagnostics/report.py: fail"}
IN_ORDER = {
    # What is a `Progress` is called as `progress("drawing", 3, 8)`.
    "compiler/values.py: silent",
    "cli/progress.py: told",
    # What is hashed, in the order in which it is.
    "weights/keys.py: variable_key",
}


@dataclass(frozen=True)
class Signature:
    """A function of the package, as others call it; `self` is left out."""

    module: str
    name: str
    positional: tuple[ast.arg, ...]
    defaults: int

    @property
    def stays_in_its_file(self) -> bool:
        return self.name.startswith("_")

    def __str__(self) -> str:
        return f"{self.module}: {self.name}"


def signatures() -> Iterator[Signature]:
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        yield from _signatures(tree, path.relative_to(PACKAGE).as_posix(), in_class=False)


def _signatures(node: ast.AST, module: str, *, in_class: bool) -> Iterator[Signature]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.ClassDef():
                yield from _signatures(child, module, in_class=True)
            case ast.FunctionDef() if not _is_command(child):
                found = (*child.args.posonlyargs, *child.args.args)
                bound = in_class and bool(found) and found[0].arg in ("self", "cls")
                yield Signature(module, child.name, found[bound:], len(child.args.defaults))
            case ast.If() | ast.Try() | ast.With():
                yield from _signatures(child, module, in_class=in_class)


def _is_command(function: ast.FunctionDef) -> bool:
    """Whether click calls it, which does so by name."""
    return any("click." in ast.unparse(decorator) for decorator in function.decorator_list)


def _annotation(parameter: ast.arg) -> str:
    return ast.unparse(parameter.annotation).removesuffix(" | None") if parameter.annotation else ""


def has_flag(signature: Signature) -> bool:
    return any(_annotation(parameter) == "bool" for parameter in signature.positional)


def has_third_with_default(signature: Signature) -> bool:
    return len(signature.positional) > 2 and signature.defaults > 0


def has_many_plain(signature: Signature) -> bool:
    return sum(_annotation(parameter) in PLAIN for parameter in signature.positional) > 2


ALL = tuple(signatures())


@pytest.mark.parametrize(
    ("wrong", "private_too", "but"),
    [
        (has_flag, True, set()),
        (has_third_with_default, False, BY_HABIT),
        (has_many_plain, False, IN_ORDER),
    ],
    ids=["no flag", "no default from the third on", "two texts or numbers at the most"],
)
def test_what_a_call_leaves_without_a_name_can_be_told_apart(
    wrong: Callable[[Signature], bool], private_too: bool, but: set[str]
) -> None:
    looked_at = (entry for entry in ALL if private_too or not entry.stays_in_its_file)
    assert {str(entry) for entry in looked_at if wrong(entry)} == but

"""Whether something is Keras' own is decided in one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import modelspec

PACKAGE = Path(modelspec.__file__).parent


def decisions() -> Iterator[tuple[str, int]]:
    """Where the name of a module is held against Keras' package."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="startswith"), args=[ast.Constant(value="keras" | "keras.")]
                ):
                    yield path.relative_to(PACKAGE).as_posix(), node.lineno
                # As in `module.partition(".")[0] == "keras"`.
                case ast.Compare(ops=[ast.Eq() | ast.NotEq()], comparators=[ast.Constant(value="keras")]):
                    yield path.relative_to(PACKAGE).as_posix(), node.lineno


def test_one_function_tells_what_is_of_keras():
    assert [module for module, _ in decisions()] == ["catalog/own.py"]

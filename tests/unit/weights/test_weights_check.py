from __future__ import annotations

from initializer_dicts import built_in

from modelspec.link.linked import Variable
from modelspec.weights.check import undrawable


def _variable(name: str, shape: tuple[int, ...], dtype: str = "float32") -> Variable:
    return Variable("layers/a/vars/0", "a", "vars/0", "kernel", shape, dtype, True, built_in(name))


def test_variables_that_cannot_be_drawn_are_found_without_drawing() -> None:
    good = _variable("HeNormal", (10**6, 10**6))
    bad = [_variable("Identity", (2, 2, 2)), _variable("GlorotUniform", (4,), "int32")]
    found = list(undrawable([good, *bad]))
    assert [variable for variable, _ in found] == bad
    assert found[0][1] == "an identity matrix has two dimensions, not the shape `[2, 2, 2]`"
    assert found[1][1] == "`GlorotUniform` makes random numbers, which a variable of `int32` cannot hold"

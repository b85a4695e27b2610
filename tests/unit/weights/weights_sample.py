"""A table of variables and the hash of its file; imports no Keras, so that another process is quick."""

from __future__ import annotations

import hashlib
import io

from initializer_dicts import built_in

from modelspec.link.linked import Group, Variable
from modelspec.weights.hdf5 import write_hdf5


def sample() -> tuple[list[Group], list[Variable]]:
    groups = [Group(f"layers/dense_{i}/vars", f"dense_{i}") for i in range(9)]
    variables = [_variable(f"dense_{i}", "vars/0", (70, 90), "HeNormal") for i in range(9)]
    variables += [_variable(f"dense_{i}", "vars/1", (90,), "Ones", "bfloat16") for i in range(9)]
    variables.append(_variable("dense_0", "inner/vars/0", (64, 64), "Orthogonal"))
    return groups, variables


def _variable(owner: str, below: str, shape: tuple[int, ...], name: str, dtype: str = "float32") -> Variable:
    return Variable(f"layers/{owner}/{below}", owner, below, "kernel", shape, dtype, True, built_in(name))


def sample_sha256() -> str:
    file = io.BytesIO()
    write_hdf5(file, *sample(), seed=0)
    return hashlib.sha256(file.getvalue()).hexdigest()

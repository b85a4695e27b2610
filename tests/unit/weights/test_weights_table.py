from __future__ import annotations

import subprocess
import sys

import pytest

from modelspec.link.linked import Variable
from modelspec.weights.dtypes import stored_dtype
from modelspec.weights.table import bytes_by_dtype, total_bytes

DTYPES = [
    *("bool", "int4", "uint4", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"),
    *("float8_e4m3fn", "float8_e5m2", "float16", "bfloat16", "float32", "float64", "complex64", "complex128"),
]


def _variable(shape: tuple[int, ...], dtype: str) -> Variable:
    return Variable("layers/a/vars/0", "a", "vars/0", "kernel", shape, dtype, True, None)


@pytest.mark.parametrize("dtype", DTYPES)
def test_bytes_are_those_of_the_stored_dtype(dtype: str) -> None:
    assert total_bytes([_variable((3, 5), dtype)]) == 15 * stored_dtype(dtype).itemsize


def test_sums_take_in_scalars_and_empty_tensors() -> None:
    variables = [_variable((), "float32"), _variable((0, 4), "int32"), _variable((2, 3), "bfloat16")]
    assert total_bytes(iter(variables)) == 16
    assert bytes_by_dtype(variables) == {"bfloat16": 12, "float32": 4, "int32": 0}


def test_sums_and_patterns_import_no_numpy() -> None:
    code = (
        "import sys, modelspec.weights.table, modelspec.weights.patterns, modelspec.weights.hdf5\n"
        "print(sorted({'numpy', 'h5py', 'keras', 'ml_dtypes'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"

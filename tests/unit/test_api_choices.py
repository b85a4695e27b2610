"""What the caller decides, as keywords of `load` and `loads`."""

from __future__ import annotations

from pathlib import Path

import pytest

import modelspec
from modelspec.api import Choices
from modelspec.catalog.target import read_target
from modelspec.compiler.values import Options

TEXT = "modelspec: 1\ninputs: {x: [3]}\nlayers: [Flatten]\n"


def test_nothing_decided_is_the_default():
    assert modelspec.loads(TEXT).options == Options()
    assert modelspec.loads(TEXT, None, root=None, custom_objects=None, backend=None, target=None).options == (
        Options()
    )


def test_what_is_decided_arrives_from_a_file_and_from_a_text(tmp_path):
    given: Choices = {
        "root": str(tmp_path),
        "allow_paths": ["data"],
        "allow": "acme",
        "custom_objects": {"halved": len},
        "backend": "jax",
        "use_cache": False,
        "allow_unsafe": True,
        "target": "keras>=3.8",
    }
    assert given.keys() == Choices.__annotations__.keys()
    wanted = Options(
        overrides=("vars.width=64",),
        root=tmp_path,
        allowed_paths=(Path("data"),),
        allow=("acme",),
        custom_objects={"halved": len},
        backend="jax",
        use_cache=False,
        allow_unsafe=True,
        target=read_target("keras>=3.8"),
    )
    (tmp_path / "net.yaml").write_text(TEXT)
    assert modelspec.load(tmp_path / "net.yaml", {"vars.width": 64}, **given).options == wanted
    assert modelspec.loads(TEXT, {"vars.width": 64}, **given).options == wanted


def test_several_modules_may_be_allowed_in_any_collection():
    assert modelspec.loads(TEXT, allow=["acme", "own.py"]).options.allow == ("acme", "own.py")


@pytest.mark.parametrize("read", [modelspec.load, modelspec.loads])
def test_an_option_that_there_is_not_is_refused(read):
    with pytest.raises(TypeError, match=r"there is no option `alow`; there are `root`, .*`allow`"):
        read("net.yaml", alow="acme")

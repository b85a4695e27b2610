"""Executors by name: what is missing is told with a way out, before any work."""

from __future__ import annotations

import subprocess
import sys
from typing import get_args, get_type_hints

import pytest

from modelspec.executors.choose import EXECUTORS, make_executor
from modelspec.executors.protocol import ExecutorError
from modelspec.sweep.values import Placement


def refusal(name: str, **options) -> tuple[str, str | None]:
    with pytest.raises(ExecutorError) as caught:
        make_executor(name, 2, **options)
    return str(caught.value), caught.value.help


def test_there_is_one_for_each_name_that_a_sweep_can_say():
    assert {*EXECUTORS} == {*get_args(get_type_hints(Placement)["executor"])}


@pytest.mark.parametrize(
    ("name", "package", "called"),
    [("ray", "ray", "Ray"), ("slurm", "submitit", "submitit"), ("dask", "distributed", "Dask")],
)
def test_an_extra_that_is_not_installed_is_named(tmp_path, monkeypatch, name, package, called):
    monkeypatch.setitem(sys.modules, package, None)
    message, help = refusal(name, folder=tmp_path)
    assert message == f"{called} is not installed"
    assert help == f"install it with `pip install 'modelspec[{name}]'`"


def test_no_engine_is_imported_before_it_is_chosen():
    program = (
        "import sys, modelspec.executors.choose as c; c.make_executor('local', 1).close();"
        "print(sorted({'ray', 'submitit', 'distributed'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_fewer_run_at_once_where_there_are_not_the_devices_for_more(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2")
    for asked, room in ((0, 20), (1, 3), (2, 1), (0.5, 6), (0.4, 6)):
        executor = make_executor("local", 20, resources={"gpu": asked})
        assert executor.capacity() == room
        executor.close()
    message, help = refusal("local", resources={"gpu": 4})
    assert message == "a run asks for 4 gpu, and this machine has 3"
    assert help is not None


def test_an_address_for_processes_of_this_machine_is_refused():
    assert refusal("local", address="auto") == (
        "processes of this machine have no address, and `auto` is given",
        "name the executor that it is of: `ray`, `slurm` or `dask`",
    )


def test_slurm_where_there_is_none_and_options_that_it_does_not_take_are_told(tmp_path, monkeypatch):
    pytest.importorskip("submitit")
    monkeypatch.setenv("PATH", str(tmp_path))
    for address in ("slurm", None):
        message, _ = refusal("slurm", address=address, folder=tmp_path)
        assert message.startswith("Slurm cannot be used: ")
    message, _ = refusal("slurm", address="local", folder=tmp_path, options={"colour": "red"})
    assert "colour" in message

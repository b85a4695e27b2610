"""Executors by the names that a sweep knows them by, each imported when it is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from modelspec.executors.protocol import Executor, ExecutorError
from modelspec.frozen import dataclass


@dataclass(frozen=True, slots=True)
class _Wish:
    parallel: int
    address: str | None
    resources: Mapping[str, float]
    folder: Path
    options: Mapping[str, Any] = field(default_factory=dict)


def make_executor(
    name: str,
    parallel: int,
    *,
    address: str | None = None,
    resources: Mapping[str, float] = MappingProxyType({}),
    folder: Path = Path("slurm"),
    options: Mapping[str, Any] = MappingProxyType({}),
) -> Executor:
    """The executor of this name, one of `EXECUTORS`; whoever asks for it closes it.

    Args:
        parallel: how many jobs at a time; fewer where this machine has not the GPUs for as many.
        address: of a Ray or Dask cluster, `None` for one on this machine. Of Slurm, `local` for processes of
            this machine that play it.
        resources: what each job will ask for.
        folder: for what submitit writes, on a file system that the machines of the cluster share.
        options: what else the engine takes: those of `ray.init`, of submitit's `update_parameters`, of
            `distributed.Client`.

    Raises:
        ExecutorError: its extra is not installed, its engine cannot be used, or no job would have room.
    """
    return EXECUTORS[name](_Wish(parallel, address, resources, folder=folder, options=options))


def _local(wish: _Wish) -> Executor:
    from modelspec.executors.devices import places, visible_gpus
    from modelspec.executors.local import LocalExecutor

    if wish.address is not None:
        raise ExecutorError(
            f"processes of this machine have no address, and `{wish.address}` is given",
            help="name the executor that it is of: `ray`, `slurm` or `dask`",
        )
    gpus = visible_gpus()
    asked = wish.resources.get("gpu", 0)
    room = places(gpus, asked)
    if room == 0:
        raise ExecutorError(
            f"a run asks for {asked:g} gpu, and this machine has {len(gpus)}",
            help="ask for less, or name an executor with machines that have them",
        )
    return LocalExecutor(wish.parallel if room is None else min(wish.parallel, room), gpus=gpus)


def _ray(wish: _Wish) -> Executor:
    from modelspec.executors.ray import RayExecutor

    return RayExecutor(wish.address, wish.parallel, options=wish.options)


def _slurm(wish: _Wish) -> Executor:
    from modelspec.executors.slurm import SlurmExecutor

    return SlurmExecutor(wish.folder, wish.address or "slurm", wish.parallel, options=wish.options)


def _dask(wish: _Wish) -> Executor:
    from modelspec.executors.dask import DaskExecutor

    return DaskExecutor(wish.address, wish.parallel, options=wish.options)


EXECUTORS: Mapping[str, Callable[[_Wish], Executor]] = MappingProxyType(
    {"local": _local, "ray": _ray, "slurm": _slurm, "dask": _dask}
)

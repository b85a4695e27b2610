"""How each executor is made for the contract, once for all tests of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import MappingProxyType

import pytest
from clusters import joined, two_nodes

from modelspec.executors.protocol import Executor

Make = Callable[..., Executor]


@contextmanager
def local(folder: Path) -> Iterator[Make]:
    from modelspec.executors.local import LocalExecutor

    yield LocalExecutor


@contextmanager
def ray(folder: Path) -> Iterator[Make]:
    pytest.importorskip("ray")
    from modelspec.executors.ray import RayExecutor

    with two_nodes() as cluster, joined(cluster.address):
        yield lambda parallel, **options: RayExecutor(cluster.address, parallel, **options)


@contextmanager
def slurm(folder: Path) -> Iterator[Make]:
    pytest.importorskip("submitit")
    from modelspec.executors.slurm import SlurmExecutor

    yield lambda parallel, **options: SlurmExecutor(folder, "local", parallel, **options)


@contextmanager
def dask(folder: Path) -> Iterator[Make]:
    distributed = pytest.importorskip("distributed")
    from modelspec.executors.dask import DaskExecutor

    shape = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0"}
    with distributed.LocalCluster(**shape, silence_logs=50, local_directory=str(folder)) as cluster:
        yield lambda parallel, **options: DaskExecutor(cluster.scheduler_address, parallel, **options)


ENGINES: Mapping[str, Callable[[Path], AbstractContextManager[Make]]] = MappingProxyType(
    {"local": local, "ray": ray, "slurm": slurm, "dask": dask}
)

"""A Ray cluster of two nodes on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

_STORE = 80 * 2**20  # bytes; Ray takes no less than 75 MB


@contextmanager
def two_nodes() -> Iterator[Any]:
    """The head has two processors and runs jobs too; the second node, `cluster.second`, has three."""
    ray_cluster = pytest.importorskip("ray.cluster_utils")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        cluster = ray_cluster.Cluster()
        try:
            cluster.add_node(num_cpus=2, object_store_memory=_STORE, include_dashboard=False)
            cluster.second = cluster.add_node(num_cpus=3, object_store_memory=_STORE)
            cluster.wait_for_nodes()
            yield cluster
        finally:
            cluster.shutdown()


@contextmanager
def joined(address: str) -> Iterator[None]:
    """This process is a driver of the cluster, so that its workers are kept from one executor to the next."""
    ray = pytest.importorskip("ray")
    ray.init(address=address, log_to_driver=False, configure_logging=False)
    try:
        yield
    finally:
        ray.shutdown()

"""The files of the past, unpacked once."""

from __future__ import annotations

import pytest
from past_files import Release, release_names, unpacked


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Release]:
    return {name: unpacked(name, tmp_path_factory.mktemp(name)) for name in release_names()}

"""The fixture `internet`: a miniature Internet for the whole session; tests/conftest.py names this module."""

import os
from collections.abc import Iterator

import pytest
from world import NoWorldError, World


@pytest.fixture(scope="session")
def internet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Start one, or skip saying why not; in CI a skip is a failure."""
    try:
        with World.start(tmp_path_factory.mktemp("internet")) as world:
            yield world
    except NoWorldError as error:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"no miniature Internet: {error}")

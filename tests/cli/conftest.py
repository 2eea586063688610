from collections.abc import Iterator

import pytest
from program import Program


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    made = Program(tmp_path_factory.mktemp("program"))
    yield made
    made("store", "stop")


@pytest.fixture(scope="module")
def loaded(program: Program) -> Program:
    done = program("demo")
    assert done.returncode == 0, done.stderr
    assert "DigiCert" in done.stdout
    return program

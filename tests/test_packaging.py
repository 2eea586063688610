"""What is on disk is what users get: packages, data files, and nothing at top level but `sousveil`."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NOT_PACKAGES = {"tests", "docs", "bench", "build", "dist", "neo4j"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]
LEFTOVERS = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist")


def top_level() -> list[str]:
    """Name the folders that become `sousveil.NAME`: those with Python in them."""
    folders = (path for path in ROOT.iterdir() if path.is_dir() and path.name[0].isalpha())
    return sorted(
        path.name
        for path in folders
        if path.name not in NOT_PACKAGES and not path.name.endswith(".egg-info") and any(path.glob("*.py"))
    )


def files_of_packages() -> list[Path]:
    """List every file below these folders, relative to the repository."""
    return [
        path.relative_to(ROOT)
        for name in top_level()
        for path in sorted((ROOT / name).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    ]


def test_packages_on_disk_are_the_packages_listed() -> None:
    on_disk = {".".join(path.parent.parts) for path in files_of_packages()}
    assert {f"sousveil.{name}" for name in on_disk} == set(SETUPTOOLS["packages"])


def test_every_package_is_mapped_to_its_folder() -> None:
    assert SETUPTOOLS["package-dir"] == {
        name: name.removeprefix("sousveil.").replace(".", "/") for name in SETUPTOOLS["packages"]
    }


def test_every_folder_with_files_is_a_package() -> None:
    without = {
        path.parent for path in files_of_packages() if not (ROOT / path.parent / "__init__.py").exists()
    }
    assert not without


@pytest.mark.parametrize("name", top_level())
def test_top_level_package_is_typed_and_known_to_the_tools(name: str) -> None:
    link = ROOT / ".typing" / "sousveil" / name
    assert (ROOT / name / "py.typed").exists()
    assert link.is_symlink(), "ln -s ../../NAME .typing/sousveil/NAME"
    assert link.readlink() == Path("..") / ".." / name
    assert name in PROJECT["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"]


def test_namespace_holds_nothing_but_links() -> None:
    assert sorted(path.name for path in (ROOT / ".typing" / "sousveil").iterdir()) == top_level()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Build the sdist from a copy of the tree, and the wheel from the sdist, as `pip install` would."""
    tree = tmp_path_factory.mktemp("sdist") / "tree"
    shutil.copytree(ROOT, tree, ignore=LEFTOVERS)
    built = tree.parent / "dist"
    build = [sys.executable, "-P", "-m", "build", "--no-isolation", "--outdir", str(built), str(tree)]
    done = subprocess.run(build, cwd=tree.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return zipfile.ZipFile(next(built.glob("*.whl")))


def test_wheel_from_the_sdist_holds_every_file(wheel: zipfile.ZipFile) -> None:
    inside = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert inside == {f"sousveil/{path.as_posix()}" for path in files_of_packages()}


def test_wheel_takes_no_other_top_level_name(wheel: zipfile.ZipFile) -> None:
    info = next(name for name in wheel.namelist() if name.endswith(".dist-info/top_level.txt"))
    assert wheel.read(info).decode().split() == ["sousveil"]
    assert {name.split("/")[0] for name in wheel.namelist()} == {"sousveil", info.split("/")[0]}


def test_wheel_carries_the_licence_and_the_command(wheel: zipfile.ZipFile) -> None:
    names = [name for name in wheel.namelist() if ".dist-info/" in name]
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    commands = next(name for name in names if name.endswith("/entry_points.txt"))
    assert "sousveil = sousveil.cli:main" in wheel.read(commands).decode()

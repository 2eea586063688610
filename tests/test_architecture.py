"""Who may import whom, what leaves the machine where, and a few walls of the house style."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Module (the longest entry that fits wins) → what it may import of ours. Its own package is always allowed.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "schema": (),
    "catalogue": ("schema",),
    "queries": ("schema",),
    "graph": ("schema",),
    "ingest": (),
    "ingest.records": ("schema",),
    "ingest.lines": ("ingest.records", "schema"),
    "ingest.net": ("ingest.records", "ingest.sources.documents", "schema"),
    "ingest.sources": ("ingest.records", "ingest.lines", "catalogue", "schema"),
    "ingest.match": ("ingest.records", "ingest.sources", "catalogue", "schema"),
    "ingest.collect": ("ingest.records", "ingest.net", "schema"),
    "ingest.archive": ("ingest.records", "schema"),
    "ingest.run": ("ingest.records", "ingest.collect", "ingest.net", "ingest.archive", "schema"),
    "ingest.observe": ("ingest.records", "ingest.archive", "schema"),
    "ingest.attribute": ("ingest.records", "catalogue", "schema"),
    "ingest.load": ("ingest.records", "schema"),
    "ingest.journal": ("ingest", "graph", "catalogue", "queries", "schema"),
    "ingest.pipeline": ("ingest", "graph", "catalogue", "queries", "schema"),
    "explore": ("graph", "queries", "schema"),
    "cli": ("explore", "ingest", "graph", "catalogue", "queries", "schema"),
}
# What reaches beyond the process → the modules that may use it. urllib.parse only takes text apart.
RESERVED: dict[str, tuple[str, ...]] = {
    "requests": ("ingest.net",),
    "warcio": ("ingest.archive",),
    "ipwhois": ("ingest.net", "ingest.collect"),
    "selectolax": ("ingest.observe",),
    "dns": ("ingest.net", "ingest.collect", "ingest.observe", "ingest.archive"),
    "cryptography": ("ingest.net", "ingest.archive", "ingest.observe"),
    "urllib.request": ("ingest.net",),
    "urllib3": ("ingest.net",),
    "http": ("ingest.net", "graph", "explore"),  # graph: the embedded store is a child process on loopback
    "socks": ("ingest.net",),
    "ssl": ("ingest.net",),
    "asyncio": ("ingest.net",),
    "ftplib": (),
    "smtplib": (),
    "socket": ("ingest.net", "graph", "explore.serving"),  # explore: listens on loopback
    "subprocess": ("graph",),
    "neo4j": ("graph",),
    "arcadedb": ("graph",),
    "arcadedb_embedded": ("graph",),
    "jpype": ("graph",),
    "distributed": ("ingest.run.cluster",),
    "sqlite3": ("ingest.run", "ingest.archive"),
    "rapidfuzz": ("ingest.match",),
    "click": ("cli",),
    "jinja2": ("cli", "explore"),
    "starlette": ("explore",),
    "uvicorn": ("explore",),
    "rich": ("cli",),
}
# Definitions (CREATE INDEX …) are put together in graph/ from graph.toml; statements on data never are.
CYPHER = re.compile(r"\b(MATCH|MERGE|CREATE) \(|\b(UNWIND|DETACH DELETE|RETURN) \w|\bSET \w+\.\w")
# graph.toml in the words of a store: no store takes a label as a parameter, and `word` guards each name.
WRITES_STATEMENTS = {"graph/definitions.py", "graph/export/statements.py", "graph/export/script.py"}
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "base", "misc"}
LONGEST_FUNCTION = 60


def packages() -> list[str]:
    """Name the top-level folders that become `sousveil.NAME`."""
    return sorted(path.name for path in (ROOT / ".typing" / "sousveil").iterdir())


def modules() -> list[Path]:
    """List every module of the product, relative to the repository."""
    return [path.relative_to(ROOT) for name in packages() for path in sorted((ROOT / name).rglob("*.py"))]


def all_python() -> list[Path]:
    """List every Python file of the repository."""
    folders = [*packages(), "tests", "bench", "docs"]
    return [path.relative_to(ROOT) for name in folders for path in sorted((ROOT / name).rglob("*.py"))]


def dotted(path: Path) -> str:
    """Name the module at this path, without `sousveil.`."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def parse(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text("utf-8"), str(path))


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield (line, module) of every import, wherever it stands; `from a import b` yields a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative imports hide who is imported"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def row_of(module: str, table: dict[str, tuple[str, ...]]) -> str | None:
    """Return the longest entry of the table that this module lies within."""
    return max((entry for entry in table if within(module, entry)), key=len, default=None)


@pytest.mark.parametrize("path", modules(), ids=str)
def test_module_imports_only_what_its_row_allows(path: Path) -> None:
    module = dotted(path)
    row = row_of(module, MAY_IMPORT)
    assert row is not None, f"{path}: say in MAY_IMPORT whom it may import"
    own = module if row == "ingest" else row
    for line, imported in imports(parse(path)):
        if within(imported, "sousveil"):
            name = imported.removeprefix("sousveil.")
            assert any(within(name, allowed) for allowed in (own, *MAY_IMPORT[row])), (
                f"{path}:{line}: {imported}"
            )


@pytest.mark.parametrize("path", modules(), ids=str)
def test_module_keeps_to_its_side_of_the_wall(path: Path) -> None:
    for line, imported in imports(parse(path)):
        reserved = row_of(imported, RESERVED)
        if reserved is not None:
            allowed = RESERVED[reserved]
            assert any(within(dotted(path), owner) for owner in allowed), (
                f"{path}:{line}: {reserved} is for {', '.join(allowed) or 'nobody'}"
            )


def pasted(node: ast.AST) -> str:
    """Return the fixed text of a string that is put together at run time, else nothing."""
    match node:
        case ast.JoinedStr(values=values):
            parts = values
        case ast.BinOp(op=ast.Add() | ast.Mod(), left=left, right=right):
            parts = [left, right]
        case ast.Call(func=ast.Attribute(value=ast.Constant() as text, attr="format" | "join")):
            parts = [text]
        case _:
            return ""
    return " ".join(
        part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)
    )


@pytest.mark.parametrize("path", modules(), ids=str)
def test_cypher_is_never_put_together(path: Path) -> None:
    if path.as_posix() in WRITES_STATEMENTS:
        return
    for node in ast.walk(parse(path)):
        line = getattr(node, "lineno", 0)
        assert not CYPHER.search(pasted(node)), f"{path}:{line}: Cypher is static text with parameters"


@pytest.mark.parametrize(
    "code",
    ["f'MATCH (n:{label}) '", "'MATCH (n:' + label", "'MERGE (n {id: %s})' % x", "'RETURN n.{}'.format(x)"],
)
def test_pasted_cypher_is_recognised(code: str) -> None:
    assert CYPHER.search(pasted(ast.parse(code, mode="eval").body))


@pytest.mark.parametrize("path", all_python(), ids=str)
def test_function_fits_on_a_screen(path: Path) -> None:
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= LONGEST_FUNCTION, f"{path}:{node.lineno}: {node.name} has {lines} lines"


def test_no_module_has_an_empty_name() -> None:
    assert not [path for path in all_python() if {path.stem, path.parent.name} & EMPTY_NAMES]


def test_rows_of_the_table_name_packages_that_exist() -> None:
    assert {row.split(".")[0] for row in MAY_IMPORT} == set(packages())

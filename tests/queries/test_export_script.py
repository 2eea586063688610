"""The exported Cypher script, run into an empty store: the same answers, and the same script again."""

from __future__ import annotations

import golden
import pytest
import smallworld as world
import stores
from test_export import ABOUT, HOSTILE, gathered, hostile

from sousveil.graph import BoltStore
from sousveil.graph.export import FILES, whole

END = ";\n"


def run(store: BoltStore, script: str) -> int:
    """Run a script as cypher-shell does, statement after statement; return how many."""
    text = "".join(line for line in script.splitlines(keepends=True) if not line.startswith("//"))
    statements = text.split(END)
    assert statements.pop() == ""
    for statement in statements:
        store.write([(statement, {})])
    return len(statements)


@pytest.mark.parametrize("name", stores.STORES)
def test_a_store_made_by_the_script_gives_the_same_answers(store_pool: stores.Pool, name: str) -> None:
    store = store_pool.clean(name)
    world.build(store)
    cases = {case.question: case for case in golden.cases()}.values()
    before = [golden.ask(store, case).rows for case in cases]
    script = "".join(FILES["cypher"](whole(store, ABOUT)))
    store.wipe()
    assert run(store, script) > 20
    assert [golden.ask(store, case).rows for case in cases] == before
    run(store, script)
    assert "".join(FILES["cypher"](whole(store, ABOUT))) == script


def test_hostile_text_comes_through_the_script_as_it_was(store: BoltStore) -> None:
    run(store, "".join(FILES["cypher"](hostile())))
    nodes, hops = gathered(whole(store, ABOUT))
    assert [nodes["Company", f"c{n}"]["name"] for n in range(len(HOSTILE))] == HOSTILE
    assert (nodes, hops) == gathered(hostile())

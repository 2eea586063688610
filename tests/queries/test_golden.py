"""Every question gives its golden rows, on every store, without a remark from the server."""

import golden
import pytest

from sousveil.graph import BoltStore
from sousveil.queries import questions

CASES = golden.cases()
# Of each question the case with the most parameters: a server plans every text that it has not seen before.
PASTED = {case.question: case for case in sorted(CASES, key=lambda case: len(case.parameters))}


def test_every_question_has_golden_rows() -> None:
    assert {case.question for case in CASES} == set(questions())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.question}: {case.why}")
def test_answer_has_its_golden_rows(small_world: BoltStore, case: golden.Case) -> None:
    answer = golden.ask(small_world, case)
    assert golden.seen(answer, case) == list(case.rows)
    if answer.rows:  # the embedded store names no columns of an empty answer
        assert answer.columns == tuple(questions()[case.question].columns)
    assert list(answer.notifications) == []


@pytest.mark.parametrize("case", PASTED.values(), ids=lambda case: f"{case.question}: {case.why}")
def test_pasted_text_gives_the_same_rows(small_world: BoltStore, case: golden.Case) -> None:
    question = questions()[case.question]
    bound = question.bind(case.parameters, as_of=case.as_of, known_on=case.known_on)
    assert small_world.read(question.filled(bound)).rows == golden.ask(small_world, case).rows


@pytest.mark.parametrize("name", questions())
def test_plan_comes_without_a_remark(small_world: BoltStore, name: str) -> None:
    question = questions()[name]
    examples = {p.name: p.example for p in question.parameters.values() if p.required}
    case = next(case for case in CASES if case.question == name)
    bound = question.bind(examples, as_of=case.as_of, known_on=case.known_on)
    for text, parameters in ((question.cypher, bound), (question.filled(bound), {})):
        assert list(small_world.read(f"EXPLAIN {text}", parameters).notifications) == []

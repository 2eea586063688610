"""graph.toml is well-formed, and a malformed line is an error that names it."""

from __future__ import annotations

import re

import pytest

from sousveil import schema
from sousveil.schema import GraphSchema, Kind, NodeType, Property, RelationshipType, graph, vocabulary

GRAPH: GraphSchema = graph()
OWNERS: list[NodeType | RelationshipType] = [*GRAPH.nodes.values(), *GRAPH.relationships.values()]
PROPERTIES = [(owner.name, one) for owner in OWNERS for one in owner.properties.values()]
PROVENANCE = {"id", "claim", "source", "run", "evidence", "known_from", "known_until"}
DATED_FACTS = (
    "SERVES",
    "SAID_TO_SERVE",
    "NAMED_FOR",
    "EMBEDDED_IN",
    "OWNED_BY",
    "BRAND_OF",
    "BASED_IN",
    "LISTED_ON",
)


@pytest.mark.parametrize("node", GRAPH.nodes.values(), ids=lambda node: node.name)
def test_key_of_a_label_is_one_of_its_texts(node: NodeType) -> None:
    assert node.properties[node.key].type == "string"


@pytest.mark.parametrize("node", GRAPH.nodes.values(), ids=lambda node: node.name)
def test_search_covers_texts_that_the_label_has(node: NodeType) -> None:
    assert {node.properties[name].type for name in node.fulltext} <= {"string", "strings"}


@pytest.mark.parametrize("kind", GRAPH.relationships.values(), ids=lambda kind: kind.name)
def test_relationship_joins_labels_that_exist(kind: RelationshipType) -> None:
    assert kind.sources
    assert kind.targets
    assert {*kind.sources, *kind.targets} <= set(GRAPH.nodes)


@pytest.mark.parametrize("name", DATED_FACTS)
def test_relationship_that_states_a_fact_carries_its_provenance(name: str) -> None:
    kind = GRAPH.relationships[name]
    assert kind.states_fact
    assert set(kind.properties) >= PROVENANCE


def test_said_to_serve_and_named_for_have_the_properties_of_serves() -> None:
    serves = GRAPH.relationships["SERVES"]
    for name in ("SAID_TO_SERVE", "NAMED_FOR"):
        assert GRAPH.relationships[name].properties == serves.properties
    assert GRAPH.relationships["SAID_TO_SERVE"].sources == ("Provider",)
    assert GRAPH.relationships["NAMED_FOR"].sources == ("UnresolvedName",)


def test_no_label_is_a_relationship_type_or_a_word_that_a_store_keeps_for_itself() -> None:
    words = [name.lower() for name in (*GRAPH.nodes, *GRAPH.relationships)]
    assert len(words) == len(set(words))
    assert not {"v", "e", "vertex", "edge"} & set(words)


def test_property_takes_its_words_from_a_vocabulary_that_exists() -> None:
    named = {one.vocabulary for _, one in PROPERTIES if one.vocabulary}
    assert named <= set(GRAPH.vocabulary)
    assert named >= {"service", "scope", "control", "outcome"}


def test_every_vocabulary_has_words_and_no_word_twice() -> None:
    for name, words in GRAPH.vocabulary.items():
        assert words, name
        assert len(words) == len(set(words)), name


def test_names_are_snake_case_and_every_property_says_what_it_means() -> None:
    for owner, one in PROPERTIES:
        assert re.fullmatch(r"[a-z][a-z_]*", one.name), f"{owner}.{one.name}"
        assert one.doc.strip(), f"{owner}.{one.name}"


def test_one_property_name_has_one_type_in_all_relationships() -> None:
    types: dict[str, set[str]] = {}
    for kind in GRAPH.relationships.values():
        for one in kind.properties.values():
            types.setdefault(one.name, set()).add(one.type)
    assert {name: found for name, found in types.items() if len(found) > 1} == {}


def test_ranked_words_come_strongest_first() -> None:
    basis = vocabulary("serving_basis")
    assert basis.index("configured") < basis.index("measured-elsewhere") < basis.index("reported")
    assert vocabulary("strength") == ("publishable", "probable", "ambiguous")


def test_property_line_is_read_whole() -> None:
    assert schema._property("X", "a", "string(service)*: which: of them") == Property(
        name="a", type="string", doc="which: of them", indexed=True, vocabulary="service"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "string",
        "string:",
        "string:no space",
        "strng: typo",
        "string(: broken",
        "string*(x): turned",
        ": no type",
    ],
)
def test_malformed_property_line_is_an_error_that_names_it(text: str) -> None:
    with pytest.raises(ValueError, match=r"graph\.toml, SERVES\.host: write 'type: meaning'"):
        schema._properties("SERVES", {"role": "string: fine", "host": text})


def test_properties_that_are_no_table_are_an_error_that_names_their_owner() -> None:
    with pytest.raises(TypeError, match=r"graph\.toml, SERVES"):
        schema._properties("SERVES", ["host"])


@pytest.mark.parametrize("kind", schema.observations().kinds.values(), ids=lambda kind: kind.name)
def test_kind_of_observation_uses_declared_scopes_and_families(kind: Kind) -> None:
    assert kind.scopes
    assert set(kind.scopes) <= set(schema.observations().scopes)
    assert kind.family in schema.observations().families

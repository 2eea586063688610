"""The graph, or a part of it, in formats that other programs read: pure writers, fed by a stream.

FILES yield the pieces of one text; FOLDERS yield (file name, line) for a folder of files. Everything is named
by our own ids and keys; nothing leaves that schema/graph.toml does not declare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sousveil.graph.export.content import Content, part, whole
from sousveil.graph.export.delimited import admin_files, csv_files
from sousveil.graph.export.lines import lines
from sousveil.graph.export.markup import gexf, graphml
from sousveil.graph.export.neighbourhood import neighbourhood
from sousveil.graph.export.script import script

__all__ = ["FILES", "FOLDERS", "Content", "neighbourhood", "part", "whole"]

FILES: dict[str, Callable[[Content], Iterator[str]]] = {
    "jsonl": lines,
    "graphml": graphml,
    "gexf": gexf,
    "cypher": script,
}
FOLDERS: dict[str, Callable[[Content], Iterator[tuple[str, str]]]] = {
    "csv": csv_files,
    "neo4j-admin": admin_files,
}

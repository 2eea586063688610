"""Evidence: WARC files, their index, and their verification.

A run is a folder of `NAME.warc.gz` files, and `manifest.json` once it is finished. A file that is being
written ends in `.open`; nobody reads it. See `writer` for what a kill leaves and how it is recovered.
"""

from sousveil.ingest.archive.index import find
from sousveil.ingest.archive.manifest import finish
from sousveil.ingest.archive.reader import facts, read
from sousveil.ingest.archive.warc import Archived, ArchiveError, RunFacts
from sousveil.ingest.archive.writer import Writer, recover

__all__ = ["ArchiveError", "Archived", "RunFacts", "Writer", "facts", "find", "finish", "read", "recover"]

"""A collection: many targets, looked at once each; a ledger of who is done, an archive of what was seen.

A run is a folder: WARC files, `ledger.sqlite`, and `manifest.json` once all is done. Killed at any point it
goes on where the ledger says: what an unfinished target had given is cut off the archive, and asked again.
"""

from sousveil.ingest.run.ledger import Ledger, RunError
from sousveil.ingest.run.options import Options
from sousveil.ingest.run.targets import Misnamed, parse_targets
from sousveil.ingest.run.workers import Progress, begin, run

__all__ = ["Ledger", "Misnamed", "Options", "Progress", "RunError", "begin", "parse_targets", "run"]

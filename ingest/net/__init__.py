"""The only package that opens a socket to the world: guard, time limits, size limits, rates, identity.

`Policy` says what may be done, `Net` does it: `Net(policy, names)` in a `with`, one for each process, shared
by its threads. `names` is how the engine resolves (`addresses`, `ask`). `Net.visit(target)` begins at the
first look, and `Net.leave(target)` forgets it. `fetch` downloads the lists of publishers.
"""

from sousveil.ingest.net.door import Names, Net, Visit
from sousveil.ingest.net.lists import NetError, fetch
from sousveil.ingest.net.policy import NEUTRAL, Limits, Policy, PolicyError, Rate, Rates

__all__ = [
    "NEUTRAL",
    "Limits",
    "Names",
    "Net",
    "NetError",
    "Policy",
    "PolicyError",
    "Rate",
    "Rates",
    "Visit",
    "fetch",
]

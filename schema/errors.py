"""The root of every error that a user can meet."""


class SousveilError(Exception):
    """Something a user can act on; the message says where, what, and what to do.

    Only `sousveil.cli` turns one into an exit code.
    """

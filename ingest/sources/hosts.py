"""Domain names as the graph keeps them: lower case, A-label, no dot at the end."""

from __future__ import annotations

import idna


def host_name(text: str) -> str:
    """Return the A-label form of a domain or host name; ValueError says what is wrong with it.

    >>> host_name("Müller.Example.")
    'xn--mller-kva.example'
    """
    name = text.strip().rstrip(".").lower()
    try:
        encoded = idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError(f"{text!r} is no domain name: {error}") from error
    if "." not in encoded or encoded.rpartition(".")[2].isdigit():
        raise ValueError(f"{text!r} is no domain name; write a name such as example.com")
    return encoded

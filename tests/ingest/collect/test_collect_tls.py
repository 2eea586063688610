"""Each address of a host shows its own chain, once."""

from pathlib import Path

import pytest
from rogues import Resolved, Rogue, leaf, net, pem, policy, server_context, silence

from sousveil.ingest.collect import Look, tls
from sousveil.ingest.records import Exchange

pytestmark = pytest.mark.loopback


def test_every_address_of_a_host_is_asked_once(tmp_path: Path) -> None:
    one = leaf(None)
    names = Resolved({"a.example": ("127.0.0.1", "127.0.0.2", "10.0.0.1")})
    look = Look(protocol="tls", target="a.example", subject="a.example")
    with Rogue(silence, server_context(tmp_path, one)) as server:
        door = net(policy(https=server), names)
        found = [one for one in tls.collect(look, door) if isinstance(one, Exchange)]
        assert not list(tls.collect(look, door))
        port = server.port
    assert [(one.uri, one.server, one.outcome) for one in found] == [
        (f"tls://a.example:{port}/127.0.0.1", "127.0.0.1", "ok"),
        (f"tls://a.example:{port}/127.0.0.2", "127.0.0.2", "refused"),
        (f"tls://a.example:{port}/10.0.0.1", "10.0.0.1", "not-attempted"),
    ]
    assert found[0].answered == pem(one)
    assert (found[0].question, found[0].media) == ("handshake", "application/pem-certificate-chain")

"""Whether the gate's certificate covers the sites that the rules close: what it does not cover is
refused without a page.

The folder may be right all the same, so these are warnings, told by `check` and `explain`.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bellgate.policy.action import is_open
from bellgate.schedules.load import Loaded
from bellgate.schedules.problem import Problem

if TYPE_CHECKING:
    from bellgate.gateway.certificate import Certificate

_LONGER = timedelta(days=30)
"""A root that lasts so much longer than what the gate holds was kept, to renew it with."""


def certificate_in(state: Path) -> "Certificate | None":
    """The certificate of a state folder; None where there is none, or it is not for us to read."""
    folder = state / "certificate"
    if not folder.is_dir():
        return None
    # Imported here: cryptography is for whoever has a certificate to look into.
    from bellgate.gateway.certificate import CertificateError, load

    try:
        return load(folder)
    except CertificateError:
        return None  # what is wrong with it is said where it is used


def sites_outside(read: Loaded, state: Path) -> Iterator[Problem]:
    """One warning for each of the school's services, and each rule that closes a domain of its own,
    with sites that the certificate lacks."""
    if read.policy is None:
        return
    own = [s for s in read.policy.index.services.values() if s.own]
    closing = [
        (rule, [word for word in rule.what if "." in word])
        for rule in read.policy.rules
        if not is_open(rule.action)
    ]
    held = certificate_in(state) if own or any(words for _, words in closing) else None
    if held is None:
        return
    for rule, words in closing:
        if names := [word for word in words if not held.permits(word)]:
            yield Problem(
                rule.source.file,
                rule.source.line,
                "warning",
                f"rules: {', '.join(names)} of {rule.name} is not within the certificate, so it is "
                "refused without a page",
                how_to_mend(held),
            )
    for service in own:
        names = [n for n in (*service.domains, *service.hosts) if not held.permits(n)]
        if names and service.source is not None:
            yield Problem(
                service.source.file,
                service.source.line,
                "warning",
                f"services: {service.name} ({', '.join(names)}) is not within the certificate, so "
                "it is refused without a page",
                how_to_mend(held),
            )


def how_to_mend(held: "Certificate") -> str:
    """A kept root renews what the gate holds; without one, the devices need a new certificate."""
    if held.root_expires - held.expires > _LONGER:
        return "bellgate certificate renew --root FILE mends it without touching the devices"
    return (
        "leave it so where a bare refusal will do: the key of its root was not kept, so the page "
        "would cost a new certificate (bellgate certificate create --force), to be put on every "
        "device again"
    )

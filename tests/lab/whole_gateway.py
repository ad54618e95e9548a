"""The lab's gateway as an installed one is: all texts of the product, our DNS, a gate, a sentry."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from bellgate.gateway import machine
from bellgate.gateway.places import DNSMASQ, KERNEL_PATH, NFTABLES, QUEUE
from bellgate.gateway.texts import Machine, texts
from bellgate.schedules.load import load
from tests.lab.kernel_path import a_sentry, take_kernel_path_away
from tests.lab.network import NETWORKS, Lab
from tests.lab.school import Gate

CARDS = f"lan: [{', '.join(NETWORKS)}]\nwan: wan\nmasquerade: true\n"


@contextmanager
def whole_gateway(
    lab: Lab,
    at: str,
    gateway_yaml: str = "",
    *edits: tuple[str, str, str],
    school_yaml: str = "",
    without: str = "",
) -> Iterator[Gate]:
    """From entry to exit, by the sample's files and `edits` of them (file, old, new). `school_yaml`
    stands above what is in that file, `gateway_yaml` below the cards, and our DNS goes `without` a
    line."""
    edits = (("school.yaml", "timezone:", f"{school_yaml}timezone:"), *edits)
    folder = lab.schedules(*edits)
    (folder / "gateway.yaml").write_text(CARDS + gateway_yaml)
    loaded = load(folder)
    assert loaded.policy is not None and loaded.gateway is not None
    now = datetime.fromisoformat(at).replace(tzinfo=loaded.policy.year.zone)
    with lab.gateway.inside():
        own_queue = machine.has_own_queue()
        made = texts(loaded.policy, loaded.gateway, now, Machine(own_queue=own_queue),
                     loaded.settings.gate)  # fmt: skip
        for name in (NFTABLES, KERNEL_PATH, QUEUE):
            if name in made:
                machine.load_rules(name, made[name])
    # Linux slows its answers down for each device, unless it is told not to.
    lab.gateway.set(ipv4__icmp_ratemask="6160", ipv6__icmp__ratemask="0,3-127")
    lab.name_server.terminate()
    lab.name_server.wait()
    lab.gateway.ask_for_names("10.77.10.1")
    names = serve_names(lab, made[DNSMASQ], without)
    gate = lab.gate(at, *edits)
    try:
        with a_sentry(lab, at, schedules=folder):
            yield gate
    finally:
        lab.stop_gates()
        take_kernel_path_away(lab)
        names.terminate()
        names.wait()
        lab.start_name_server()


def serve_names(lab: Lab, text: str, without: str) -> subprocess.Popen[bytes]:
    """Our DNS by its own text; the lab's names take the place of whom it asks."""
    file: Path = lab.folder / "dnsmasq.conf"
    assert without in text
    lines = text.splitlines()
    kept = [line for line in lines if not line.startswith("resolv-file=") and line != without]
    lab_names = ["no-resolv", f"addn-hosts={lab.folder / 'names'}", "local=/#/"]
    file.write_text("\n".join([*kept, *lab_names]) + "\n")
    return lab.gateway.start(
        "dnsmasq", "--keep-in-foreground", f"--conf-file={file}", "--user=root", "--pid-file="
    )

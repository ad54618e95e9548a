"""Where things stand on a machine that is the gateway. Paths only."""

from pathlib import Path
from typing import Final

PROGRAM: Final = Path("/opt/bellgate")
"""A folder for each version, and links to the one that runs and the one before it."""
CURRENT: Final = PROGRAM.joinpath("current")
PREVIOUS: Final = PROGRAM.joinpath("previous")
COMMAND: Final = CURRENT.joinpath(".venv/bin/bellgate")

SCHEDULES: Final = Path("/etc/bellgate/schedules")
STATE: Final = Path("/var/lib/bellgate")
"""The gate's own: log, certificate, people."""
SENTRYS_OWN: Final = "sentry"
"""The folder of the state that is the sentry's."""

APPLIED: Final = Path("/run/bellgate-rules")
"""What `bellgate-rules` made of the folder, as it was put in place."""
KEPT: Final = Path("/var/lib/bellgate-rules")
"""The same, for a start at which the folder has a mistake."""
DNSMASQ: Final = "dnsmasq.conf"
NFTABLES: Final = "rules.nft"
KERNEL_PATH: Final = "kernel-path.nft"
QUEUE: Final = "kernel-path.iptables"
"""Only where the kernel has no `queue` of nft's own."""
SYSCTL: Final = "sysctl.conf"

INSTALLATION: Final = Path("/var/lib/bellgate-install")
"""What was before Bellgate came, and how far a change of version has got."""

UNITS: Final = Path("/etc/systemd/system")
SYSUSERS: Final = Path("/etc/sysusers.d/bellgate.conf")

"""Bellgate's systemd units and users, as text. Nothing here is put in place.

Each unit has a user of its own and no more of the machine than its task needs; only `rules` is
root's, with the one capability that loading rules takes. No unit forbids memory that is written and
executed: TLS in Python makes its callbacks there, and without them no page could be shown.
Source: systemd.exec(5), systemd.service(5); `systemd-analyze security` scores each at 2.0 or less.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bellgate.gateway.places import (
    APPLIED,
    COMMAND,
    DNSMASQ,
    INSTALLATION,
    KERNEL_PATH,
    SCHEDULES,
    SENTRYS_OWN,
    STATE,
    SYSCTL,
)

READERS = "bellgate-log"
"""The group that reads the log, and nothing that is secret."""
PAGES = "bellgate-pages"
"""The group that shares what the gate and the pages both write: exemptions, cases, days."""
NAMES = "bellgate-names"
"""The group that reads the names behind pseudonyms, and their key: the gate alone."""
RULES, GATE, DNS = "bellgate-rules.service", "bellgate-gate.service", "bellgate-dns.service"
CONSOLE, SHIP = "bellgate-console.service", "bellgate-ship.service"
SENTRY = "bellgate-sentry.service"
GOING_BACK = "bellgate-going-back.service"

USERS = f"""\
# Made by Bellgate: a user for each of its services.
g {READERS} -
g {PAGES} -
g {NAMES} -
u bellgate-gate - "Bellgate, the gate" {STATE}
u bellgate-sentry - "Bellgate, the sentry"
u bellgate-dns - "Bellgate, names and addresses"
u bellgate-console - "Bellgate, the pages"
u bellgate-ship - "Bellgate, records on their way"
m bellgate-gate {READERS}
m bellgate-gate {PAGES}
m bellgate-gate {NAMES}
m bellgate-console {READERS}
m bellgate-console {PAGES}
m bellgate-ship {READERS}
"""
"""Text for systemd-sysusers."""

_ALL = """\
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateMounts=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
ProtectProc=invisible
RestrictNamespaces=yes
RestrictRealtime=yes
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
PrivateDevices=yes
DevicePolicy=closed
ProtectKernelTunables=yes
"""
_NO_CLOCK = "ProtectClock=yes\n"
_ASKS_THE_CLOCK = "SystemCallFilter=adjtimex clock_adjtime\n"
"""For whoever asks the kernel whether the clock is synchronised. The same call sets it, for those
who have that right, which no service of ours has. ProtectClock forbids the question, too: then no
clock would ever count as synchronised, and nothing would be deleted when due."""
_NO_SHARED_FOLDERS = "RestrictSUIDSGID=yes\n"
"""Not for the gate and the pages: they keep folders that hand on a group that both are in. For the
same reason they see the machine's own users (no PrivateUsers)."""
_WITHOUT_RIGHTS = """\
CapabilityBoundingSet=
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallFilter=@chown
"""
_ONLY_PROCESSES = "ProcSubset=pid\n"
"""Not for the gate: it reads how full the kernel's table of connections is, and tells of it."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit's text, and whether it starts with the machine."""

    text: str
    starts: bool = True


def units(command: str = str(COMMAND)) -> Mapping[str, Unit]:
    """Every unit by the name of its file. `command` is how `bellgate` is called."""
    bellgate = f"{command} --schedules {SCHEDULES} --state {STATE}"
    return {
        RULES: Unit(_rules(bellgate)),
        GATE: Unit(_gate(bellgate)),
        DNS: Unit(_dns()),
        CONSOLE: Unit(_console(bellgate)),
        SHIP: Unit(_ship()),
        SENTRY: Unit(_sentry(bellgate)),
    }


def going_back(command: str) -> str:
    """The unit that undoes, at the next start, a change of version that a power cut interrupted.
    `command` is that of the version before."""
    return _unit(
        "Back to the version of Bellgate before a change that was interrupted",
        unit=[
            "DefaultDependencies=no",
            "After=local-fs.target",
            f"Before={RULES} {GATE} {DNS} {CONSOLE} shutdown.target",
            "Conflicts=shutdown.target",
            f"ConditionPathExists={INSTALLATION}/trying.json",
        ],
        service=["Type=oneshot", f"ExecStart={command} gateway go-back --at-boot"],
        sandbox="",
        wanted_by="sysinit.target",
    )


def _rules(bellgate: str) -> str:
    return _unit(
        "Bellgate: the kernel's rules",
        unit=[
            # Before any card carries anything.
            "DefaultDependencies=no",
            "After=local-fs.target systemd-sysusers.service systemd-tmpfiles-setup.service",
            "Before=network-pre.target shutdown.target",
            "Wants=network-pre.target",
            "Conflicts=shutdown.target",
        ],
        service=[
            "Type=notify",
            f"ExecStart={bellgate} gateway rules",
            "# Only now, with the rules loaded, does the machine carry anything.",
            f"ExecStartPost=+/usr/sbin/sysctl --quiet --load={APPLIED}/{SYSCTL}",
            "Restart=always",
            "RestartSec=200ms",
            "WatchdogSec=30s",
            f"RuntimeDirectory={APPLIED.name}",
            "RuntimeDirectoryPreserve=yes",
            "StateDirectory=bellgate-rules",
            f"SupplementaryGroups={READERS} {PAGES}",
            "UMask=0022",
        ],
        sandbox=_ALL
        + _NO_SHARED_FOLDERS
        + """\
CapabilityBoundingSet=CAP_NET_ADMIN
RestrictAddressFamilies=AF_UNIX AF_NETLINK
IPAddressDeny=any
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
"""
        + _ASKS_THE_CLOCK,
        wanted_by="sysinit.target",
    )


def _gate(bellgate: str) -> str:
    return _unit(
        "Bellgate: the gate",
        unit=[
            f"Wants={RULES}",
            f"After=network.target nss-lookup.target time-set.target {RULES}",
        ],
        service=[
            "Type=notify",
            f"ExecStart={bellgate} run --mode transparent",
            *_user("bellgate-gate", READERS),
            "Restart=always",
            "RestartSec=200ms",
            "TimeoutStartSec=120s",
            "WatchdogSec=10s",
            "LimitNOFILE=65536",
            "# The mail server's password, where /etc/credstore or credstore.encrypted has it.",
            "ImportCredential=mail-password",
            "# And the access points' secret, where they say who is signed in.",
            "ImportCredential=radius-secret",
            "# Where another disk is mounted, for checkpoints (anchors.folder in school.yaml).",
            "ReadWritePaths=-/mnt -/media -/srv",
            f"StateDirectory={STATE.name}",
            "StateDirectoryMode=0750",
            "UMask=0027",
        ],
        sandbox=_ALL
        + _WITHOUT_RIGHTS
        + _ASKS_THE_CLOCK
        + "RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX\n",
    )


def _dns() -> str:
    rights = "CAP_NET_BIND_SERVICE CAP_NET_RAW CAP_NET_ADMIN"
    return _unit(
        "Bellgate: names and addresses for the school's devices",
        # Not Requires: names go on being answered while the rules are put back.
        unit=[f"Wants={RULES}", f"After=network.target {RULES}"],
        service=[
            "Type=exec",
            "ExecStart=/usr/sbin/dnsmasq --keep-in-foreground --pid-file= --user= --group= "
            f"--conf-file={APPLIED}/{DNSMASQ}",
            *_user("bellgate-dns", "bellgate-dns"),
            f"AmbientCapabilities={rights}",
            "Restart=always",
            "RestartSec=200ms",
            "StateDirectory=bellgate-dns",
            "UMask=0022",
        ],
        sandbox=_ALL
        + _NO_CLOCK
        + _NO_SHARED_FOLDERS
        + _ONLY_PROCESSES
        + f"""\
CapabilityBoundingSet={rights}
MemoryDenyWriteExecute=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX AF_PACKET
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
""",
    )


def _console(bellgate: str) -> str:
    return _unit(
        "Bellgate: the pages",
        unit=[f"Wants={GATE}", f"After=network.target {GATE}"],
        service=[
            "Type=exec",
            f"ExecStart={bellgate} console",
            *_user("bellgate-console", "bellgate-console"),
            "Restart=always",
            "RestartSec=1s",
            f"ReadWritePaths={STATE} {SCHEDULES}",
            "UMask=0007",
        ],
        sandbox=_ALL
        + _WITHOUT_RIGHTS
        + _ONLY_PROCESSES
        + _ASKS_THE_CLOCK
        + "RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX\n",
    )


def _ship() -> str:
    configuration = "/etc/bellgate/rsyslog/bellgate.conf"
    return _unit(
        "Bellgate: records on their way to another machine",
        unit=["After=network-online.target", f"ConditionPathExists={configuration}"],
        service=[
            "Type=exec",
            f"ExecStart=/usr/sbin/rsyslogd -n -i NONE -f {configuration}",
            *_user("bellgate-ship", READERS),
            "# Gone when it stops: each start sends the last days once more.",
            "RuntimeDirectory=bellgate-ship",
            "RuntimeDirectoryMode=0700",
            "Restart=always",
            "RestartSec=1s",
        ],
        sandbox=_ALL
        + _NO_CLOCK
        + _NO_SHARED_FOLDERS
        + _WITHOUT_RIGHTS
        + _ONLY_PROCESSES
        + "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX\n",
    )


def _sentry(bellgate: str) -> str:
    return _unit(
        "Bellgate: the sentry",
        unit=[
            f"Wants={RULES} {GATE}",
            f"After=network.target {RULES} {GATE}",
            "# Only where the folder asks for the kernel's path.",
            f"ConditionPathExists={APPLIED}/{KERNEL_PATH}",
        ],
        service=[
            "Type=notify",
            f"ExecStart={bellgate} sentry",
            *_user("bellgate-sentry", READERS),
            "# To read exemptions and the last good copy; it writes in its own folder alone.",
            f"SupplementaryGroups={PAGES}",
            "AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW",
            "Restart=always",
            "RestartSec=200ms",
            "TimeoutStartSec=60s",
            "WatchdogSec=10s",
            f"StateDirectory={STATE.name}/{SENTRYS_OWN}",
            "StateDirectoryMode=0700",
            "UMask=0077",
        ],
        sandbox=_ALL
        + _NO_SHARED_FOLDERS
        + _ONLY_PROCESSES
        + """\
CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW
RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
"""
        + _ASKS_THE_CLOCK,
    )


def _user(name: str, group: str) -> Sequence[str]:
    return (f"User={name}", f"Group={group}")


def _unit(
    description: str,
    *,
    unit: Sequence[str],
    service: Sequence[str],
    sandbox: str,
    wanted_by: str = "multi-user.target",
) -> str:
    return "\n".join(
        (
            "# Made by Bellgate; written anew by each installation.",
            "[Unit]",
            f"Description={description}",
            "StartLimitIntervalSec=0",
            *unit,
            "",
            "[Service]",
            *service,
            *sandbox.splitlines(),
            "",
            "[Install]",
            f"WantedBy={wanted_by}",
            "",
        )
    )

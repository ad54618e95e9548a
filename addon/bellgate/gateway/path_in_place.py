"""The rules of the kernel's path put in place, and taken away again: nft's, and the queue's.

Most kernels have nft's own `queue`; the others the same by iptables. Which it is, is asked each
time. Only our own table and our own chain are touched, and the one rule that leads to it. If we
crash in between, nobody asks the sentry yet: what would come to it is reset.
"""

from bellgate.gateway.machine import ToolFailed, answers, run
from bellgate.gateway.rules.kernel_path import (
    CHAIN,
    HOOK,
    QUEUE_PROBE,
    TABLE,
    KernelPath,
    iptables,
    rules,
)

_COMMANDS = ("iptables", "ip6tables")


def has_own_queue() -> bool:
    """Whether this kernel has nft's own `queue`."""
    try:
        run("nft", "--check", "-f", "-", given=QUEUE_PROBE)
    except ToolFailed:
        return False
    return True


def put_in_place(path: KernelPath) -> None:
    """Load the rules, again and again if need be. Raises ToolFailed."""
    own_queue = has_own_queue()
    if own_queue:
        _take_away_chain()
    else:
        for command in _COMMANDS:
            run(f"{command}-restore", "--wait", "--noflush", given=iptables(path))
            if not answers(command, "--wait", *_hook("-C")):
                run(command, "--wait", *_hook("-A"))
    run("nft", "-f", "-", given=rules(path, own_queue=own_queue))


def take_away() -> None:
    """Take all of it away, whether or not it is there. Raises ToolFailed."""
    run("nft", "-f", "-", given=f"table inet {TABLE}\ndelete table inet {TABLE}\n")
    _take_away_chain()


def _take_away_chain() -> None:
    for command in _COMMANDS:
        # Each may be missing, after a crash in between or where it was never used.
        for words in (_hook("-D"), ("-t", "mangle", "-F", CHAIN), ("-t", "mangle", "-X", CHAIN)):
            answers(command, "--wait", *words)


def _hook(what: str) -> tuple[str, ...]:
    return tuple(word.format(what) for word in HOOK)

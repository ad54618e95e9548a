"""What there is to tell: one table, a row each. Words and lengths of time alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_AT_ONCE: Final = timedelta()


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that can be wrong, in the words of the message."""

    name: str
    """As records and the webhook have it."""
    title: str
    """`{subject}` stands for what it is about, where there can be several."""
    meanwhile: str
    """What goes on while it lasts."""
    to_do: str
    over: str
    """The title once it is over."""
    after: timedelta = _AT_ONCE
    """How long it must have lasted before anybody is told."""
    for_head: bool = False
    """The head is told too: it touches the record, or needs the school's own dates."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong at present."""

    kind: Kind
    what: str
    """The particulars, as sentences. No person, no device and no site that somebody visited."""
    subject: str = ""
    since: datetime | None = None
    """When it began, where that is known; else it began when it was first seen."""

    @property
    def key(self) -> str:
        return f"{self.kind.name} {self.subject}".strip()


FILES: Final = Kind(
    "files",
    "The school's files have mistakes, so no change to them is in force",
    "The last good files stay in force: what was closed stays closed, and what was open stays "
    "open.",
    "Run `bellgate check` on the gateway, or open the page “Files”. Correct the lines that it "
    "names and save them. They come into force by themselves within two seconds.",
    "The school's files are in force again",
    after=timedelta(hours=1),
)
DATES: Final = Kind(
    "dates",
    "The timetable runs out soon",
    "Until then everything goes on as usual. After that day no session is in force, so nothing is "
    "closed or recorded that the rules close in sessions.",
    "Add the next year's terms to `terms` in school.yaml, or name the council's calendar there "
    "(`term_dates`).",
    "The timetable goes on",
    for_head=True,
)
CERTIFICATE: Final = Kind(
    "certificate",
    "The gate's certificate runs out soon",
    "Until then everything goes on as usual. After that day closed sites are refused without a "
    "page that says why.",
    "Run `bellgate certificate renew --root FILE` with the root's key that was taken away. Where "
    "it was not kept, `bellgate certificate create --force` makes a new certificate, which then "
    "must go to the devices.",
    "The gate's certificate is good for longer again",
)
COPY: Final = Kind(
    "copy",
    "{subject} could not be brought up to date for three days",
    "The last good copy stays in force, where there is one.",
    "Run `bellgate check` on the gateway: it says what is wrong. `bellgate calendar --refresh` "
    "fetches a calendar at once.",
    "{subject} is up to date again",
    after=timedelta(days=3),
)
LOG: Final = Kind(
    "log",
    "The record cannot be written",
    "What the rules block stays closed. What they would only log or ask about is closed as well: "
    "no record, no access. What could not be recorded is counted.",
    "Look at the gateway's disk: is it full or broken? `bellgate status` shows what is wrong. The "
    "gate goes on trying, so nothing needs to be restarted.",
    "The record is written again",
    after=timedelta(minutes=1),
    for_head=True,
)
ANCHORS: Final = Kind(
    "anchors",
    "Checkpoints of the record do not leave the gateway",
    "Everything is recorded as usual. But what was recorded since the last checkpoint that left "
    "could be changed by somebody with full control of the gateway, and nobody could prove it.",
    "For e-mail look at `mail` and `anchors` in school.yaml and at the mail password, and try "
    "`bellgate alerts test`. For a folder: is the other disk mounted, and is the folder there?",
    "Checkpoints of the record leave the gateway again",
    after=timedelta(hours=1),
    for_head=True,
)
FILTER: Final = Kind(
    "filter",
    "The school's filter does not answer, so no site can be reached through the gate",
    "What the rules close stays closed. Everything else is refused, too: nothing goes round the "
    "filter.",
    "Is the filter that `upstream` in gateway.yaml names running, and does it take connections "
    "from the gateway? `bellgate status` shows how many it passed and refused.",
    "The school's filter answers again",
    after=timedelta(minutes=5),
)
RESTARTED: Final = Kind(
    "restarted",
    "The gate stopped by itself, and was started again",
    "It is running again. While it was not, the sites that the rules name could not be reached "
    "through it, and nothing was recorded.",
    "Once may be a power cut. If it happens again, look for the reason in the machine's journal "
    "(`journalctl -u 'bellgate-*'`).",
    "The gate has run for a day without stopping by itself",
)
CLOCK: Final = Kind(
    "clock",
    "The gateway's clock is not set by a time server",
    "The gate goes by it all the same: sessions may begin and end at the wrong time. Each record "
    "says that its time is not certain, and no record is deleted when it is due.",
    "Connect the gateway to a time server: `timedatectl status` shows whether it is.",
    "The gateway's clock is set by a time server again",
    after=timedelta(hours=1),
)
DISK: Final = Kind(
    "disk",
    "The gateway's disk is nearly full",
    "Everything goes on as usual. When it is full the record cannot be written, and sites that are "
    "only logged are closed.",
    "Make room on that disk, or move the state folder to a larger one. Never delete files of the "
    "record: what is due is deleted automatically (`retention` in school.yaml).",
    "The gateway's disk has room again",
)
TABLE: Final = Kind(
    "table",
    "The gateway's table of connections is nearly full",
    "What is open goes on. Once the table is full, everybody’s new connections are dropped "
    "without a word, so sites seem to be down.",
    "Run `bellgate doctor` on the gateway: it names the device that opened most connections, and "
    "says how to make more room where no single device is the reason.",
    "The gateway's table of connections has room again",
    after=timedelta(minutes=1),
)
KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        FILES,
        DATES,
        CERTIFICATE,
        COPY,
        LOG,
        ANCHORS,
        FILTER,
        RESTARTED,
        CLOCK,
        DISK,
        TABLE,
    )
}

"""How this gate sends mail, and the secret words that it needs outside: from the settings in force.

A secret is a systemd credential, or a file of `STATE/secrets` that only we can read: never in the
schedules folder, whose files go into evidence packs.
"""

import os
from pathlib import Path
from typing import Final

from bellgate.outside.mail import MailServer
from bellgate.schedules.settings import MailSettings

MAIL_PASSWORD: Final = "mail-password"


def mail_server(settings: MailSettings, state: Path) -> MailServer | None:
    """The school's mail server; None where none is named."""
    if not settings.server:
        return None
    return MailServer(settings.sender, settings.server, lambda: secret(state, MAIL_PASSWORD))


def secret(state: Path, name: str) -> str | None:
    """A secret word; None where there is none. Raises OSError where it cannot be read."""
    folders = [Path(f) for f in [os.environ.get("CREDENTIALS_DIRECTORY", "")] if f]
    for folder in (*folders, state / "secrets"):
        try:
            return (folder / name).read_text().strip()
        except FileNotFoundError:
            continue
    return None

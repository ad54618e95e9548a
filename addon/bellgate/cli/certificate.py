"""`bellgate certificate`: make, renew and show the school's certificate."""

from pathlib import Path

import click

from bellgate.cli import output, passphrase
from bellgate.cli.options import Folders, Group, for_group, loaded_policy, with_folders
from bellgate.gateway import certificate as certificates
from bellgate.machine_time import machine_now
from bellgate.policy.wall_clock import dates_in_words
from bellgate.running import assembly

_FILE = click.Path(path_type=Path, dir_okay=False)
_THERE = click.Path(path_type=Path, dir_okay=False, exists=True)


@click.group(cls=Group)
@for_group
def certificate() -> None:
    """The school's certificate: what devices trust, and what the gate holds."""


@certificate.command()
@with_folders
@click.option(
    "--keep-root",
    type=_FILE,
    metavar="FILE",
    help="Write the root's key there, encrypted, for you to take away. Otherwise it is destroyed.",
)
@passphrase.from_file
@click.option("--force", is_flag=True, help="Replace a certificate that devices may already trust.")
def create(
    folders: Folders, *, keep_root: Path | None, passphrase_file: Path | None, force: bool
) -> None:
    """Make the certificate. Devices that trust an earlier one need the new one."""
    policy, _ = loaded_policy(folders)
    if passphrase_file and not keep_root:
        raise click.UsageError("a passphrase is for a root's key that is kept: --keep-root FILE")
    words = passphrase.new("Passphrase for the root's key", passphrase_file) if keep_root else None
    folder = folders.state / "certificate"
    try:
        made = certificates.create(
            folder,
            policy.edition.school,
            assembly.names_of(policy),
            machine_now(),
            left_open=assembly.open_names_of(policy),
            keep_root=keep_root,
            passphrase=words,
            overwrite=force,
        )
    except certificates.AlreadyThere as error:
        output.fail(str(error), "--force replaces it; devices then need the new one")
    except certificates.CertificateError as error:
        output.fail(str(error))
    output.say(*_lines(made, folder))
    if keep_root:
        output.say(f"The root's key: {keep_root} (encrypted). Take it away from this machine.")
    else:
        output.say("The root's key has been destroyed: nobody can sign with it again.")


@certificate.command()
@with_folders
@click.option(
    "--root", type=_THERE, required=True, metavar="FILE", help="The file that --keep-root wrote."
)
@passphrase.from_file
def renew(folders: Folders, *, root: Path, passphrase_file: Path | None) -> None:
    """Replace what the gate holds, under the root that devices already trust."""
    policy, _ = loaded_policy(folders)
    words = passphrase.known("Passphrase of the root's key", passphrase_file)
    folder = folders.state / "certificate"
    try:
        made = certificates.renew(
            folder,
            root,
            words,
            assembly.names_of(policy),
            machine_now(),
            left_open=assembly.open_names_of(policy),
        )
    except certificates.CertificateError as error:
        output.fail(str(error))
    output.say(*_lines(made, folder), "A running gate will use it from its next start.")


@certificate.command()
@with_folders
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def show(folders: Folders, *, as_json: bool) -> None:
    """Show what the certificate is, how long it lasts, and what it can open."""
    folder = folders.state / "certificate"
    try:
        loaded = certificates.load(folder)
    except certificates.CertificateError as error:
        output.fail(str(error))
    if loaded is None:
        output.fail(f"there is no certificate in {folder}", "`bellgate certificate create`")
    if as_json:
        output.json_whole(
            {
                "file": str(folder / "bellgate-ca.pem"),
                "fingerprint": loaded.root_fingerprint,
                "expires": output.utc(loaded.expires),
                "root_expires": output.utc(loaded.root_expires),
                "names": sorted(loaded.names),
            }
        )
    else:
        output.say(*_lines(loaded, folder))


def _lines(shown: certificates.Certificate, folder: Path) -> list[str]:
    root_ends = dates_in_words(shown.root_expires)
    return [
        f"For the devices: {folder / 'bellgate-ca.pem'}, until {root_ends}",
        f"Its SHA-256: {shown.root_fingerprint}",
        f"The gate's own part lasts until {dates_in_words(shown.expires)}",
        f"Can open: {len(shown.names)} names of services, everything under them and nothing else",
    ]

"""`bellgate papers`: notices, a DPIA and what devices are set by, in the school's own words."""

from pathlib import Path

import click

from bellgate.cli import output
from bellgate.cli.options import Folders, loaded_policy, with_folders
from bellgate.disk import make_folder, write_whole
from bellgate.gateway import certificate as certificates
from bellgate.machine_time import machine_now


@click.command()
@click.argument("dir", type=click.Path(path_type=Path, file_okay=False))
@click.option("--force", is_flag=True, help="Replace papers in DIR that differ.")
@with_folders
def papers(folders: Folders, *, dir: Path, force: bool) -> None:
    """Write the papers that go with Bellgate into DIR, filled in for this school.

    Notices to staff and to parents, a draft DPIA, and how to set up the certificate, browsers and
    new devices. Open index.html first. If a paper already in DIR differs, nothing is written
    unless you give --force.
    """
    # Loaded here: `--help` has no use for it.
    from bellgate.running.papers.filling import Root, filling
    from bellgate.running.papers.paper_set import INDEX, paper_set

    policy, loaded = loaded_policy(folders)
    try:
        held = certificates.load(folders.state / "certificate")
        pem = held.root_file.read_text("ascii") if held else None
    except (certificates.CertificateError, OSError) as error:
        output.fail(f"the certificate could not be read: {error}", "run this as root")
    root = (
        Root("certificate.crt", held.root_fingerprint, held.root_expires.date()) if held else None
    )
    filled = filling(policy, loaded, root, machine_now().astimezone(policy.year.zone).date())
    try:
        files = paper_set(filled, pem)
        if there := [] if force else sorted(_others(dir, files)):
            differ = "differ" if len(there) > 1 else "differs"
            output.fail(
                f"{', '.join(there)} in {dir} {differ} from what would be written",
                "name another folder, or --force to replace what is there",
            )
        make_folder(dir, 0o755)
        for name, content in files.items():
            write_whole(dir / name, content, 0o644)
    except OSError as error:
        output.fail(f"the papers could not be written: {error}")
    output.say(f"{len(files)} papers are in {dir}. Open {dir / INDEX} first.")
    if root is None:
        again = folders.command(f"papers {dir}")
        output.say(
            "There is no certificate yet, so the papers have none: start the gate once, or type "
            f"bellgate certificate create, then {again}"
        )


def _others(folder: Path, files: dict[str, bytes]) -> list[str]:
    """Papers that are there in another wording: somebody's own, or those of another day."""
    return [
        name
        for name, content in files.items()
        if (folder / name).exists() and (folder / name).read_bytes() != content
    ]

"""`bellgate devices import`: a trolley of laptops arrives with a spreadsheet."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bellgate.cli.main import bellgate
from bellgate.schedules.load import Loaded, load
from tests.schedules.small_catalogue import small_catalogue

SAMPLE = Path(__file__).parent.parent.parent / "schedules"
TABLE = """\
name,group,mac,shared,person,from
y5-laptop-04,year-5,3C-22-FB-00-00-41,yes,,
y5-laptop-05,year-5,3c22fb000042,yes,,
staff-laptop-09,staff,3c:22:fb:00:00:43,,stf-0050,2026-11-30
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SAMPLE, tmp_path / "schedules")
    return tmp_path / "schedules"


def run(folder: Path, table: str, *words: str, name: str = "trolley.csv") -> Result:
    file = folder.parent / name
    file.write_text(table)
    state = folder.parent / "state"
    command = ["--schedules", str(folder), "--state", str(state), "devices", "import", str(file)]
    return CliRunner().invoke(bellgate, [*command, *words])


def read(folder: Path) -> Loaded:
    return load(folder, catalogue=small_catalogue())


def names(folder: Path) -> list[str]:
    loaded = read(folder)
    assert loaded.policy is not None, loaded.errors
    return [d.name for d in loaded.policy.directory.devices]


def test_they_are_added_after_the_others_and_the_file_is_right(folder: Path) -> None:
    before = names(folder)
    text = (folder / "devices.yaml").read_text()
    done = run(folder, TABLE, "--yes")
    assert done.exit_code == 0, done.output
    assert "This adds 3 devices:" in done.stdout
    assert names(folder) == [*before, "y5-laptop-04", "y5-laptop-05", "staff-laptop-09"]
    # What was written by hand stays as it was, comments and all.
    assert (folder / "devices.yaml").read_text().startswith(text.rstrip("\n"))
    policy = read(folder).policy
    assert policy is not None
    added = {d.name: d for d in policy.directory.devices}
    assert added["y5-laptop-05"].macs == ("3c:22:fb:00:00:42",)
    assert added["y5-laptop-05"].shared
    assert added["staff-laptop-09"].holders[0].person == "stf-0050"


def test_a_suppliers_sheet_is_a_class_set_where_one_says_so(folder: Path) -> None:
    sheet = "Asset;WiFi MAC\nks1-ipad-1;3c:22:fb:00:00:51\nks1-ipad-2;3c:22:fb:00:00:52\n"
    asked = run(folder, sheet, "--group", "year-5")
    assert "This would add 2 devices:" in asked.stdout
    assert "Is it a class set? Then add --shared." in asked.stdout
    done = run(folder, sheet, "--group", "year-5", "--shared", "--yes")
    assert "This adds 2 devices:" in done.stdout
    assert "class set" not in done.stdout
    policy = read(folder).policy
    assert policy is not None
    assert [d.shared for d in policy.directory.devices if d.name.startswith("ks1")] == [True, True]


def test_wifi_addresses_and_who_trusts_the_certificate(folder: Path) -> None:
    sheet = (
        "Asset,Wi-Fi address,Trusts certificate,Location\n"
        "ks1-ipad-1,3c:22:fb:00:00:51,no,Trolley\nks1-ipad-2,3c:22:fb:00:00:52,,Trolley\n"
    )
    done = run(folder, sheet, "--group", "year-5", "--shared", "--yes")
    assert "Columns that are not read: Location" in done.stdout
    policy = read(folder).policy
    assert policy is not None
    added = {d.name: d for d in policy.directory.devices}
    assert not added["ks1-ipad-1"].trusts_certificate
    assert added["ks1-ipad-2"].trusts_certificate  # as its group says


def test_nothing_is_added_before_somebody_says_so(folder: Path) -> None:
    before = (folder / "devices.yaml").read_bytes()
    assert run(folder, TABLE).exit_code != 0
    assert (folder / "devices.yaml").read_bytes() == before


def test_a_second_time_adds_nothing(folder: Path) -> None:
    run(folder, TABLE, "--yes")
    done = run(folder, TABLE, "--yes")
    assert "Already in devices.yaml: 3" in done.stdout
    assert "There is nothing to add." in done.stdout


def test_300_rows_with_one_mistyped_group_are_one_problem(folder: Path) -> None:
    rows = "".join(f"l-{n},yaer-5,3c:22:fb:01:{n // 256:02x}:{n % 256:02x}\n" for n in range(300))
    done = run(folder, f"name,group,mac\n{rows}", "--yes")
    assert done.exit_code == 1
    assert done.stdout == (
        'trolley.csv:2: "yaer-5" is not a group (300 rows)\n'
        "    did you mean year-5? Or make the group yaer-5 in devices.yaml\n"
    )


def test_in_devices_yaml_itself_it_is_one_problem_too(folder: Path) -> None:
    path = folder / "devices.yaml"
    entries = "".join(
        f"  - name: l-{n}\n    group: yaer-5\n    mac: 3c:22:fb:01:{n // 256:02x}:{n % 256:02x}\n"
        for n in range(300)
    )
    path.write_text(path.read_text().rstrip("\n") + "\n" + entries)
    (problem,) = read(folder).errors
    assert problem.message == ('devices: group has "yaer-5", which is not a group (300 devices)')
    assert problem.hint == "did you mean year-5? Or make the group yaer-5 in devices.yaml"


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("a,b\n1,2\n", "the first line has no column name and no column mac"),
        ("", "the first line has no column name and no column mac"),
        ("name,Serial\nx,1\n", "the first line has no column mac"),
        ("name,mac\nx,3c:22:fb:00:00\n", "mac is"),
        ("name,mac\nx,3c:22:fb:00:00:51\n", "no group is given (1 row)"),
        ("name,group,mac\n,staff,3c:22:fb:00:00:51\n", "a device without a name"),
        ("name,group,mac\nx,staff,\n", "x has no mac and no ip"),
        (
            "name,group,mac\nx,staff,3c:22:fb:00:00:51\ny,staff,3c:22:fb:00:00:51\n",
            "mac 3c:22:fb:00:00:51 is given twice (first on line 2)",
        ),
        (
            "name,group,mac,certificate\nx,staff,3c:22:fb:00:00:51,perhaps\n",
            'trusts_certificate is "perhaps", neither yes nor no',
        ),
        ("name,group,mac,from\nx,staff,3c:22:fb:00:00:51,1/9/26\n", "is not a date"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_added(folder: Path, table: str, says: str) -> None:
    before = (folder / "devices.yaml").read_bytes()
    done = run(folder, table, "--yes")
    assert done.exit_code == 1
    assert says in done.stdout
    assert "Traceback" not in done.output
    assert (folder / "devices.yaml").read_bytes() == before


def test_other_names_of_columns_and_a_group_for_all(folder: Path) -> None:
    done = run(folder, "Hostname,MAC Address\nx-1,3c:22:fb:00:00:51\n", "--group", "staff", "--yes")
    assert done.exit_code == 0, done.output
    assert names(folder)[-1] == "x-1"


def test_a_lease_file_is_a_table_too(folder: Path) -> None:
    leases = "1900000000 3c:22:fb:00:00:61 10.77.10.61 y5-laptop-61 *\n"
    done = run(folder, leases, "--group", "year-5", "--yes", name="dnsmasq.leases")
    assert done.exit_code == 0, done.output
    assert names(folder)[-1] == "y5-laptop-61"


def test_the_list_need_not_stand_last(folder: Path) -> None:
    path = folder / "devices.yaml"
    path.write_text(path.read_text() + "\n# The DHCP server.\nleases: /var/lib/misc/other.leases\n")
    text = path.read_text().replace("leases: /var/lib/misc/dnsmasq.leases\n", "", 1)
    path.write_text(text)
    assert run(folder, TABLE, "--yes").exit_code == 0
    assert names(folder)[-1] == "staff-laptop-09"
    assert path.read_text().index("staff-laptop-09") < path.read_text().index("# The DHCP server.")


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_suppliers_sheet_is_read_as_it_comes(folder: Path, mark: str) -> None:
    sheet = (
        "Asset;WiFi MAC;Serial;Ethernet MAC\n"
        "KS1-IPAD-01;3C-22-FB-00-02-01;DMP1;3C-22-FB-00-09-01\n"
        "KS1-IPAD-02;3C-22-FB-00-02-02;DMP2;\n"
    ).replace(";", mark)
    done = run(folder, sheet, "--group", "year-5", "--yes")
    assert done.exit_code == 0, done.output
    assert "Added 2 devices" in done.stdout
    assert "mac: 3c:22:fb:00:02:01" in (folder / "devices.yaml").read_text()
    assert "3c:22:fb:00:09:01" not in (folder / "devices.yaml").read_text()

"""What a test machine writes, on an image of its own with ext4, which can be copied at any moment:
the copy is what a power cut would have left. What the kernel had not written yet is not in it.
"""

import subprocess
import time
from pathlib import Path

_BYTES = 4 << 30
"""Of the image, of which only what is used takes room."""
_SECTOR_COUNT = 6
"""Of the numbers in a block device's `stat`: what was written."""


class Disk:
    """An image beside `image`, mounted at `where`."""

    def __init__(self, image: Path, where: Path) -> None:
        self._image, self._where = image, where
        with image.open("wb") as file:
            file.truncate(_BYTES)
        _ran("mkfs.ext4", "-q", "-E", "lazy_itable_init=1,lazy_journal_init=1", image)

    def mount(self) -> None:
        """Repairs what is on it as the start of a machine does."""
        _ran("mount", "-o", "loop", self._image, self._where)

    def copy_as_it_is(self) -> None:
        """While it is in use by nobody who could go on: of one moment, for the kernel may write by
        itself meanwhile, and then it is copied again."""
        for _ in range(20):
            before = self._written()
            _ran("cp", "--sparse=always", self._image, self._copy)
            if self._written() == before:
                return
            time.sleep(0.1)
        raise AssertionError("the kernel does not stop writing")

    def take_the_copy(self) -> None:
        """What was copied is what is on the disk, which nobody has mounted."""
        self._copy.replace(self._image)

    def keep(self, name: str) -> None:
        _ran("cp", "--sparse=always", self._image, self._image.with_suffix(f".{name}"))

    def have(self, name: str) -> None:
        _ran("cp", "--sparse=always", self._image.with_suffix(f".{name}"), self._copy)
        self.take_the_copy()

    @property
    def _copy(self) -> Path:
        return self._image.with_suffix(".copy")

    def _written(self) -> str:
        device = _ran("findmnt", "--noheadings", "--output", "SOURCE", self._where).strip()
        stat = Path("/sys/block", Path(device).name, "stat").read_text()
        return stat.split()[_SECTOR_COUNT]


def _ran(*words: str | Path) -> str:
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words[0]}: {done.stderr}"
    return done.stdout

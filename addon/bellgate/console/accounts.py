"""Who may sign in: names, roles, passwords and second factors, in one file of the state folder.

Passwords are hashed with argon2id by argon2-cffi, codes are pyotp's. The file is replaced whole
under a lock, since `bellgate console add-user` and a page may both write it. If we crash in
between, the old file or the new one is there.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bellgate.console.roles import ROLES, Role
from bellgate.disk import locked, private_folder, write_whole

FILE: Final = "console/accounts.json"
SHORTEST: Final = 12
"""Characters of a password that somebody chooses, at least (NCSC: length, no rules of mixture)."""
LONGEST: Final = 200
"""Characters of a password at most: hashing more would be work for nothing."""
RECOVERY_CODES: Final = 8
"""Recovery codes that somebody is given at a time."""
STEP: Final = timedelta(seconds=30)
"""How long a code of the second factor is the current one (RFC 6238)."""

# About 50 ms and 64 MiB each: argon2-cffi's own choice, RFC 9106's second recommendation.
_HASHER: Final = PasswordHasher()
_WORDS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # without what is easily misread


class AccountsDamaged(ValueError):
    """The file of accounts makes no sense; the text says so in one line."""


class NoSuchAccount(LookupError):
    """Nobody has that name."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in. Neither password nor recovery codes can be read from it."""

    name: str
    role: Role
    password: str
    """The argon2id hash; empty where the account signs in by single sign-on alone."""
    made: str
    """When the password was set, as ISO 8601: sessions older than that are over."""
    first: bool = True
    """The password was given out by the machine, and has not been changed yet."""
    secret: str = ""
    """The second factor's secret in base 32; empty where there is none."""
    last_code: int = 0
    """The number of the step whose code was used last: no code is good twice."""
    recovery: tuple[str, ...] = ()
    """SHA-256 of the recovery codes that are left. They are long and random: no slow hash is
    needed."""
    sso: str = ""
    """`ISSUER SUBJECT` of single sign-on; empty where there is none."""

    def knows(self, password: str) -> bool:
        """Whether that is the password."""
        return _is(self.password, password)

    def step_of(self, code: str, now: datetime) -> int | None:
        """The number of the step that a code belongs to: the present one or a neighbour, and later
        than the last that was used. None where it is no good code."""
        current = int(now.timestamp()) // int(STEP.total_seconds())
        for step in (current, current - 1, current + 1):
            good = pyotp.TOTP(self.secret).at(step * int(STEP.total_seconds()))
            if step > self.last_code and secrets.compare_digest(good, code):
                return step
        return None


class Accounts:
    """The accounts of one state folder."""

    def __init__(self, state: Path, hasher: PasswordHasher = _HASHER) -> None:
        self._file, self._hasher = state / FILE, hasher

    def all(self) -> tuple[Account, ...]:
        """In the order of their names. Raises AccountsDamaged."""
        try:
            found = tuple(_account(fields) for fields in json.loads(self._file.read_bytes()))
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, TypeError, KeyError) as e:
            raise AccountsDamaged(f"{self._file} is damaged: put the last good copy back") from e
        return tuple(sorted(found, key=lambda a: a.name))

    def named(self, name: str) -> Account | None:
        """Raises AccountsDamaged."""
        return next((a for a in self.all() if a.name == name.strip().lower()), None)

    def signed_on(self, sso: str) -> Account | None:
        """Whose single sign-on that is. Raises AccountsDamaged."""
        return next((a for a in self.all() if a.sso and a.sso == sso), None)

    def add(self, name: str, role: Role, now: datetime, sso: str = "") -> str:
        """A new account; returns its password, which is kept nowhere. Empty with single sign-on.

        Raises ValueError where the name is taken or no name.
        """
        name = name.strip().lower()
        if not name or name.split() != [name] or len(name) > 60 or not name.isprintable():
            raise ValueError("a name is one word of at most 60 characters")
        password = "" if sso else new_password()
        account = Account(name, role, self._hash(password), now.isoformat(), sso=sso)

        def added(kept: Sequence[Account]) -> Sequence[Account]:
            if any(a.name == name for a in kept):
                raise ValueError(f"{name} already has an account")
            return [*kept, account]

        self._replace(added)
        return password

    def reset(self, name: str, now: datetime) -> str:
        """A new password, and no second factor any more; returns the password.

        Raises NoSuchAccount.
        """
        password = new_password()
        self._change(
            name,
            lambda a: replace(
                a, password=self._hash(password), made=now.isoformat(), first=True, secret="",
                recovery=(), last_code=0,
            ),
        )  # fmt: skip
        return password

    def set_password(self, name: str, password: str, now: datetime) -> None:
        """Raises NoSuchAccount."""
        self._change(
            name,
            lambda a: replace(a, password=self._hash(password), made=now.isoformat(), first=False),
        )

    def set_second_factor(self, name: str, secret: str) -> tuple[str, ...]:
        """Returns the recovery codes, which are kept nowhere. Raises NoSuchAccount."""
        codes = tuple(_random(10) for _ in range(RECOVERY_CODES))
        self._change(
            name,
            lambda a: replace(a, secret=secret, recovery=tuple(map(_sha256, codes)), last_code=0),
        )
        return codes

    def use_code(self, name: str, code: str, now: datetime) -> bool:
        """Take a code of the second factor, or a recovery code. Each is good once."""
        code = "".join(code.split()).lower()
        good = False

        def used(account: Account) -> Account:
            nonlocal good
            step = account.step_of(code, now) if account.secret else None
            if step is not None:
                good = True
                return replace(account, last_code=step)
            if _sha256(code) in account.recovery:
                good = True
                left = tuple(each for each in account.recovery if each != _sha256(code))
                return replace(account, recovery=left)
            return account

        self._change(name, used)
        return good

    def _hash(self, password: str) -> str:
        return self._hasher.hash(password) if password else ""

    def _change(self, name: str, how: Callable[[Account], Account]) -> None:
        def changed(kept: Sequence[Account]) -> Sequence[Account]:
            if not any(a.name == name for a in kept):
                raise NoSuchAccount(name)
            return [how(a) if a.name == name else a for a in kept]

        self._replace(changed)

    def _replace(self, change: Callable[[Sequence[Account]], Sequence[Account]]) -> None:
        private_folder(self._file.parent)
        with locked(self._file.with_suffix(".lock")):
            kept = [asdict(a) for a in change(self.all())]
            write_whole(self._file, json.dumps(kept, indent=1) + "\n", 0o600)


def is_nobodys(password: str) -> bool:
    """Takes as long as judging somebody's password: how long we think says nothing about names."""
    return _is(_nobodys(), password)


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_hex(16))


def new_password() -> str:
    """One to be typed from a slip of paper: 20 characters in fives, about 99 bits."""
    return "-".join(_random(5) for _ in range(4))


def _random(length: int) -> str:
    return "".join(secrets.choice(_WORDS) for _ in range(length))


def _is(hashed: str, password: str) -> bool:
    if not hashed or len(password) > LONGEST:
        return False
    try:
        return _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


def _sha256(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _account(fields: dict[str, Any]) -> Account:
    account = Account(**fields | {"recovery": tuple(fields["recovery"])})
    if account.role not in ROLES:
        raise ValueError(account.role)
    return account

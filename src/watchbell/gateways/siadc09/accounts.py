"""The panels the gateway knows, as its configuration lists them, and what their zones mean."""

from typing import Any

import msgspec

from watchbell.gateways.siadc09.codec import Frame, read_key
from watchbell.gateways.siadc09.codes import PANIC, Event, plain_zone
from watchbell.wire.press import KINDS

DEFAULT_KIND = "lockdown"


class Zone(msgspec.Struct, frozen=True, kw_only=True):
    """A button. endpoint, place: UUID text. test_session, test_until: as for its account."""

    endpoint: str | None = None
    place: str | None = None
    place_name: str = ""
    kind: str = DEFAULT_KIND
    test_session: str | None = None
    test_until: float = 0.0


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the configuration; `key` is None for a panel that speaks plain.

    supervision_seconds: 0 when the panel is not supervised. test_session: None, "drill" or "test";
    test_until: its end in Unix seconds, kept here so that a session ends although nobody tells the gateway.
    endpoint: the panel's own id. zones: by plain zone number, "U3" for user 3.
    allow_plain: take plain frames although there is a key.
    """

    account: str
    district: str
    site: str
    receiver: str = ""
    line: str = ""
    endpoint: str | None = None
    place: str | None = None
    supervision_seconds: float = 0
    zones: dict[str, Zone] = {}
    fallback: bool = False
    test_session: str | None = None
    test_until: float = 0.0
    allow_plain: bool = False
    key: bytes | None = None

    @property
    def device(self) -> str:
        """The panel's name on the wire, e.g. "siadc09/5678"."""
        return f"siadc09/{self.account}"

    def mode_of(self, zone: str, now: float) -> str:
        """The mode of a press: real, unless two people have opened a test session of its button or its panel."""
        for one in (self.zones.get(zone), self):
            if one is not None and one.test_session in ("drill", "test") and now < one.test_until:
                return str(one.test_session)
        return "real"


class Book:
    """Finds the account a frame comes from."""

    def __init__(self, accounts: list[Account] | None = None) -> None:
        self.accounts = accounts or []
        self._by_number: dict[str, list[Account]] = {}
        for account in self.accounts:
            self._by_number.setdefault(plain_zone(account.account), []).append(account)

    def find(self, frame: Frame) -> Account | None:
        """The account with the frame's number; where several receivers or lines share it, the one that fits best."""
        return next(iter(self.find_all(frame)), None)

    def find_all(self, frame: Frame) -> list[Account]:
        """`find`, and the others that fit as well: panels of two districts may have one number, and only their keys
        tell them apart."""
        found = [account for account in self._by_number.get(plain_zone(frame.account), []) if _fits(account, frame)]
        best = max((_closeness(account) for account in found), default=None)
        return [account for account in found if _closeness(account) == best]

    def fallback(self) -> Account | None:
        """The account that stands in for unknown ones, if the district wants that."""
        return next((account for account in self.accounts if account.fallback), None)


def _closeness(account: Account) -> tuple[bool, bool]:
    return bool(account.receiver), bool(account.line)


def _fits(account: Account, frame: Frame) -> bool:
    for wanted, given in ((account.receiver, frame.receiver), (account.line, frame.line)):
        if wanted and plain_zone(wanted) != plain_zone(given or "0"):
            return False
    return True


def read_entries(entries: list[dict[str, Any]], secrets: dict[str, Any]) -> tuple[list[Account], list[str]]:
    """The accounts in a configuration, and one sentence for each entry that could not be used.

    `secrets` gives keys by "<district> <account number>": hex, or ASCII text of 16, 24 or 32 characters. A plain number
    does where there is one district.
    """
    accounts: list[Account] = []
    problems: list[str] = []
    for entry in entries:
        number = str(entry.get("account", "?"))
        secret = str(secrets.get(f"{entry.get('district')} {number}", secrets.get(number)) or "")
        key = read_key(secret) if secret else None
        if secret and key is None:
            problems.append(f"Account {number}: the key is not an AES key; its enciphered frames cannot be read.")
        try:
            given = {name: value for name, value in entry.items() if value is not None}
            zones = {plain_zone(str(zone)): value for zone, value in (given.pop("zones", None) or {}).items()}
            account = msgspec.convert({**given, "account": number, "zones": zones}, Account, strict=False)
        except (msgspec.ValidationError, AttributeError) as error:
            problems.append(f"Account {number}: {error}")
            continue
        accounts.append(msgspec.structs.replace(account, key=key))
    return accounts, problems + _find_doubles(accounts)


def _find_doubles(accounts: list[Account]) -> list[str]:
    """One sentence for each number that does not say which school a plain frame comes from."""
    known: dict[tuple[str, str, str], set[str]] = {}
    for one in accounts:
        if not one.fallback and (one.key is None or one.allow_plain):
            name = (plain_zone(one.account), plain_zone(one.receiver), plain_zone(one.line))
            known.setdefault(name, set()).add(one.site)
    return [
        f"Account {number} is used by panels of {len(sites)} schools: a press of one is raised at each of them. "
        "Give them different numbers, receivers, lines or keys."
        for (number, _, _), sites in known.items() if len(sites) > 1
    ]  # fmt: skip


class Meaning(msgspec.Struct, frozen=True, kw_only=True):
    """What a press of `event` means at an account."""

    kind: str
    device: str
    place: str | None
    place_name: str
    is_known: bool
    note: str


def judge_press(account: Account, frame: Frame, event: Event) -> Meaning:
    """Kind, place and name of a press; an unlisted zone or account still has a meaning, with `is_known` False."""
    is_listed = plain_zone(account.account) == plain_zone(frame.account)
    zone = account.zones.get(event.zone) if is_listed else None
    unlisted = f"Account {frame.account} is not listed." if frame.account else "The report names no account."
    notes = [] if is_listed else [unlisted]
    if zone is None and is_listed and account.place and not account.zones:
        zone = Zone(place=account.place)  # the whole communicator is one button
    if zone is None and is_listed:
        notes.append(f"Zone {event.zone or 'none'} of account {account.account} is not listed.")
    if event.zone.startswith("U"):
        notes.append(f"Duress code of user {event.zone[1:]}.")
    if event.is_doubtful:
        notes.append("The report could only be read in part.")
    wanted = (zone.kind if zone else DEFAULT_KIND) if event.kind == PANIC else event.kind
    return Meaning(
        kind=wanted if wanted in KINDS else DEFAULT_KIND,
        device=f"siadc09/{account.account if is_listed else frame.account or 'none'}/{event.zone or '0'}",
        place=zone.place if zone else None, place_name=zone.place_name if zone else "",
        is_known=zone is not None, note=" ".join(notes),
    )  # fmt: skip

"""Whether panels still live: every good frame counts, and a lapsed supervision interval makes a panel silent."""

from typing import TYPE_CHECKING, Any

from watchbell.gateways.siadc09.accounts import Account
from watchbell.gateways.siadc09.codec import Frame
from watchbell.gateways.siadc09.codes import Event, plain_zone
from watchbell.line import clock
from watchbell.wire.status import DeviceStatus

if TYPE_CHECKING:
    from watchbell.gateways.siadc09.service import SiaGateway

#: A panel that stays online says so again after this long, so that its page shows its age.
AGAIN_SECONDS = 30.0


class Supervision:
    """Remembers when each panel was heard and publishes DeviceStatus for it and, on a change, for its buttons."""

    def __init__(self, gateway: "SiaGateway") -> None:
        self._gateway = gateway
        self._accounts: dict[str, Account] = {}
        self._heard: dict[str, float] = {}  # monotonic
        self._state: dict[str, str] = {}
        self._said: dict[str, float] = {}
        self._troubles: dict[str, dict[str, str]] = {}

    def follow(self, accounts: list[Account]) -> None:
        """Takes over the accounts to supervise; a new one has its whole interval to be heard."""
        now = clock.monotonic()
        self._accounts = {account.device: account for account in accounts}
        for device in self._accounts:
            self._heard.setdefault(device, now)
        for known in (self._heard, self._state, self._said, self._troubles):
            for gone in known.keys() - self._accounts.keys():
                del known[gone]

    def heard(self, account: Account, frame: Frame, events: list[Event], peer: str) -> None:
        """A good frame came from `account`; `events` other than presses become part of its state."""
        if plain_zone(frame.account) != plain_zone(account.account):
            return  # an unknown panel behind the fallback account proves nothing about that one
        device = account.device
        self._heard[device] = clock.monotonic()
        before = dict(self._troubles.get(device, {}))
        for event in events:
            self._note(device, event)
        reports = [event for event in events if not event.kind]
        is_due = clock.monotonic() - self._said.get(device, -1e9) >= AGAIN_SECONDS
        if self._settled(device) != self._state.get(device) or before != self._troubles.get(device, {}):
            self._say(account, with_buttons=True, events=reports, peer=peer)
        elif reports or is_due:
            self._say(account, events=reports, peer=peer)

    def look_for_silence(self) -> None:
        """Called several times a second: panels whose interval has lapsed become silent."""
        now = clock.monotonic()
        for device, account in self._accounts.items():
            if account.supervision_seconds <= 0 or self._state.get(device) == "silent":
                continue
            if now - self._heard[device] > account.supervision_seconds:
                self._say(account, with_buttons=True, state="silent")

    def _note(self, device: str, event: Event) -> None:
        troubles = self._troubles.setdefault(device, {})
        key = f"{event.zone}:{'tamper' if event.is_tamper else 'trouble'}"
        if event.is_trouble or event.is_tamper:
            troubles[key] = event.words
        elif event.state == "restore":
            for kind in ("tamper", "trouble"):
                troubles.pop(f"{event.zone}:{kind}", None)

    def _settled(self, device: str) -> str:
        return "trouble" if any(key.endswith(":trouble") for key in self._troubles.get(device, {})) else "online"

    def _say(
        self, account: Account, *, state: str = "", with_buttons: bool = False, events: list[Event] | None = None,
        peer: str = "",
    ) -> None:  # fmt: skip
        device = account.device
        state = state or self._settled(device)
        self._state[device], self._said[device] = state, clock.monotonic()
        troubles = self._troubles.get(device, {})
        because = ", ".join(sorted(set(troubles.values())))
        if state == "silent":
            because = f"Not heard within its supervision interval of {account.supervision_seconds:g} s."
        detail: dict[str, Any] = {
            "events": [f"{event.code} {event.state} {event.zone}".strip() for event in events or []],
            "peer": peer,
        }
        if any(event.is_test for event in events or []):
            detail["tested_at"] = clock.unix()
        statuses: list[tuple[str, str | None]] = [(device, account.endpoint)]
        if with_buttons:
            statuses += [(f"{device}/{number}", zone.endpoint) for number, zone in account.zones.items()]
        for name, endpoint in statuses:
            status = DeviceStatus(
                district=account.district, site=account.site, gateway="siadc09", device=name, endpoint=endpoint,
                state=state, at=clock.unix(), because=because, detail=detail,
                is_tampered=any(key.endswith(":tamper") for key in troubles),
            )  # fmt: skip
            self._gateway.run_task(self._gateway.say_status(status))

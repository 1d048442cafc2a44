"""The badges, the gateways that hear them and the brokers between, as the configuration lists them."""

from typing import Any

import msgspec

from watchbell.gateways.blebadge.buttons import Layout
from watchbell.gateways.blebadge.codec import read_mac
from watchbell.gateways.blebadge.runs import DEFAULT_STEPS, RUN_SECONDS, Step
from watchbell.gateways.mqtt_link import Broker
from watchbell.wire.press import KINDS

#: A gateway reports every few seconds; a badge goes home with its wearer.
GATEWAY_SILENT_SECONDS, BADGE_SILENT_SECONDS = 45.0, 26 * 3600.0
LOW_BATTERY = 10


class BrokerEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A broker. uplink, state: subscriptions whose first "+" is the gateway's address; downlink holds "{mac}".

    fallback: the site a press is raised at when nobody knows its gateway. layouts: button formats beside the built-in
    ones. steps: presses in a row and what they raise, for badges that say nothing else. run_seconds: the longest pause
    within a row. raises_unknown: whether a badge that is not listed raises.
    """

    endpoint: str
    name: str
    district: str
    fallback: str = ""
    host: str = ""
    port: int = 8883
    username: str = ""
    ca: str = ""
    tls: bool = True
    uplink: str = "/gw/+/status"
    state: str = "/gw/+/state"
    downlink: str = "/gw/{mac}/action"
    layouts: tuple[Layout, ...] = ()
    steps: tuple[Step, ...] = DEFAULT_STEPS
    run_seconds: float = RUN_SECONDS
    raises_unknown: bool = True

    def broker(self, password: str, client_id: str) -> Broker:
        return Broker(
            host=self.host, port=self.port, username=self.username, password=password, ca=self.ca, tls=self.tls,
            client_id=client_id, topics=(self.uplink, self.state),
        )  # fmt: skip


class GatewayEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway in a room. place: UUID text."""

    endpoint: str
    name: str
    district: str
    site: str
    mac: str
    fallback: str = ""
    place: str | None = None
    place_name: str = ""
    silent_seconds: float = GATEWAY_SILENT_SECONDS

    @property
    def device(self) -> str:
        return f"blebadge/{self.mac}"


class BadgeEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A badge. steps: None for those of the district. hold_kind: what holding the button raises, "" for nothing.

    site: where it is at home. by: the account of who wears it, who may take the press back. test_session, test_until:
    as for a panel's button.
    """

    endpoint: str
    name: str
    district: str
    mac: str
    site: str = ""
    steps: tuple[Step, ...] | None = None
    hold_kind: str = ""
    silent_seconds: float = BADGE_SILENT_SECONDS
    test_session: str | None = None
    test_until: float = 0.0
    by: str = ""

    @property
    def device(self) -> str:
        return f"blebadge/{self.mac}"

    def mode(self, now: float) -> str:
        """Real, unless two people have opened a test session of this badge that still lasts."""
        return self.test_session if self.test_session in ("drill", "test") and now < self.test_until else "real"


class Book(msgspec.Struct):
    """Everything listed, by address; tokens: the gateway of each HTTP token."""

    brokers: dict[str, BrokerEntry] = {}
    gateways: dict[str, GatewayEntry] = {}
    badges: dict[str, BadgeEntry] = {}
    tokens: dict[str, GatewayEntry] = {}
    passwords: dict[str, str] = {}

    def rules_of(self, district: str) -> BrokerEntry:
        """What a district has settled for its badges; the defaults where it has no broker."""
        found = next((one for one in self.brokers.values() if one.district == district), None)
        return found or BrokerEntry(endpoint="", name="", district=district)

    def is_alone(self, gateway: GatewayEntry | None) -> bool:
        """True where no other gateway of the site could hear the same press."""
        return gateway is None or sum(one.site == gateway.site for one in self.gateways.values()) < 2


def read_book(entries: list[dict[str, Any]], secrets: dict[str, Any]) -> tuple[Book, list[str]]:
    """The book of a configuration, and one sentence for each entry that could not be used."""
    book, problems = Book(), []
    for entry in entries:
        given = {name: value for name, value in entry.items() if value is not None}
        what = given.pop("what", "")
        try:
            _take(book, what, given, secrets)
        except (msgspec.ValidationError, ValueError) as error:
            problems.append(f"{entry.get('name') or what or 'An entry'}: {error}.")
    return book, problems


def _take(book: Book, what: str, given: dict[str, Any], secrets: dict[str, Any]) -> None:
    if what in ("badge", "gateway"):
        given["mac"] = read_mac(given.get("mac"))
        if not given["mac"]:
            raise ValueError("it has no device address of twelve hexadecimal digits")
    secret = str(secrets.get(str(given.get("endpoint"))) or "")
    if what == "broker":
        broker = msgspec.convert(given, BrokerEntry, strict=False)
        _check(broker.steps)
        book.brokers[broker.endpoint], book.passwords[broker.endpoint] = broker, secret
    elif what == "gateway":
        gateway = msgspec.convert(given, GatewayEntry, strict=False)
        book.gateways[gateway.mac] = gateway
        if secret:
            book.tokens[secret] = gateway
    elif what == "badge":
        badge = msgspec.convert(given, BadgeEntry, strict=False)
        _check(badge.steps or DEFAULT_STEPS)
        book.badges[badge.mac] = badge
    else:
        raise ValueError(f"nobody knows what “{what}” is")


def _check(steps: tuple[Step, ...]) -> None:
    if not steps or any(step.presses < 1 or step.kind not in KINDS for step in steps):
        raise ValueError("its steps must each have a number of presses and a kind of alarm")

"""The configuration of this gateway read: feeds of telephone systems, and telephones with their rooms."""

from typing import Any

import msgspec

from watchbell.gateways.pbx.codec import EMERGENCY, FIELDS, TEST, CallEvent, judge_dialed
from watchbell.gateways.sip.book import Phone, plain_number
from watchbell.gateways.sip.transport import Hop
from watchbell.line import ids
from watchbell.wire.press import PanicPressed


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """A telephone system that tells of 911 calls. watch: what is subscribed to at `hop` ("" for none).

    site: where a call of an unknown extension is raised. fields: where its records hold what.
    """

    endpoint: str
    name: str
    device: str
    district: str
    site: str
    token: str = ""
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    emergency: tuple[str, ...] = EMERGENCY
    test: tuple[str, ...] = TEST
    hop: Hop | None = None
    watch: tuple[str, ...] = ()
    callback: str = ""

    def judge(self, event: CallEvent) -> str:
        return judge_dialed(event.dialed, self.emergency, self.test)

    def __repr__(self) -> str:
        return f"Feed({self.name!r})"


class Feeds(msgspec.Struct, kw_only=True):
    """Everything, read. problems: entries that cannot be used, in words."""

    by_device: dict[str, Feed] = msgspec.field(default_factory=dict)
    phones: dict[tuple[str, str], Phone] = msgspec.field(default_factory=dict)
    problems: list[str] = msgspec.field(default_factory=list)

    def at(self, host: str) -> Feed | None:
        """The feed whose telephone system stands at this address."""
        return next((one for one in self.by_device.values() if one.hop is not None and one.hop.host == host), None)

    def phone(self, district: str, event: CallEvent) -> Phone | None:
        """The telephone: by its extension, else by the callback number it calls out with."""
        numbers = [plain_number(one) for one in (event.extension, event.callback) if one]
        return next((self.phones[district, one] for one in numbers if (district, one) in self.phones), None)


def read_entries(entries: list[dict[str, Any]], secrets: dict[str, Any]) -> Feeds:
    """The feeds; an entry that cannot be used becomes a problem, never an exception."""
    feeds = Feeds()
    for entry in entries:
        try:
            if entry.get("kind") == "phone":
                _take_phone(feeds, entry)
            else:
                feed = _read_feed(entry, str(secrets.get(str(entry["endpoint"])) or ""))
                feeds.by_device[feed.device] = feed
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            feeds.problems.append(f"{entry.get('name') or entry.get('kind')}: {type(error).__name__} {error}")
    return feeds


def _take_phone(feeds: Feeds, entry: dict[str, Any]) -> None:
    phone = Phone(
        endpoint=str(entry["endpoint"]), extension=str(entry["extension"]), district=str(entry["district"]),
        site=str(entry["site"]), site_name=str(entry.get("site_name") or ""), place=entry.get("place"),
        place_name=str(entry.get("place_name") or ""), callback=str(entry.get("callback") or ""),
    )  # fmt: skip
    for number in (entry.get("elin"), entry.get("callback"), phone.extension):
        if number:
            feeds.phones[phone.district, plain_number(str(number))] = phone


def _read_feed(entry: dict[str, Any], token: str) -> Feed:
    hop = None
    if entry.get("host"):
        host = "127.0.0.1" if entry["host"] == "localhost" else str(entry["host"])
        transport = "TCP" if str(entry.get("transport") or "").lower() == "tcp" else "UDP"
        hop = Hop(host, int(entry.get("port") or 5060), transport)
    fields = {str(key): str(value) for key, value in dict(entry.get("fields") or {}).items()}
    unknown = set(fields) - set(FIELDS)
    if unknown:
        raise ValueError(f"nothing is called {', '.join(sorted(unknown))}; known are {', '.join(FIELDS)}")
    return Feed(
        endpoint=str(entry["endpoint"]), name=str(entry.get("name") or entry["endpoint"]), token=token,
        device=str(entry["device"]), district=str(entry["district"]), fields=fields, hop=hop,
        site=str(entry.get("site") or entry.get("fallback") or ""),
        emergency=tuple(str(one) for one in entry.get("emergency") or EMERGENCY),
        test=tuple(str(one) for one in entry.get("test_numbers") or TEST),
        watch=tuple(str(one) for one in entry.get("watch") or ()), callback=str(entry.get("callback") or ""),
    )  # fmt: skip


def identity_of(feed: Feed, event: CallEvent, now: float) -> str:
    """The same call told twice is one: by the telephone system's own name of it, else by who, when (a minute)."""
    call = event.id or f"{event.extension} {event.dialed} {int((event.at or now) // 60)}"
    return ids.same_id("911 call", feed.district, feed.device, call)


def press_of(press: str, feed: Feed, phone: Phone | None, event: CallEvent, mode: str, now: float) -> PanicPressed:
    """The press; an unknown extension still raises, at the feed's own site."""
    callback = event.callback or (phone.callback if phone else "") or feed.callback
    where = (phone.place_name if phone else "") or event.place or f"Extension {event.extension}"
    words = f"{event.dialed} was called from {where} (ext. {event.extension})."
    if mode == "test":
        words = f"A test call: {words}"
    if callback:
        words += f" Call back {callback}."
    if phone is None:
        words += " The extension is in no table: find out where it is."
    detail = {"extension": event.extension, "callback": callback, "dialed": event.dialed, "caller_name": event.name,
              "told_place": event.place}  # fmt: skip
    return PanicPressed(
        id=press, district=feed.district, site=phone.site if phone else feed.site, kind="call_911", mode=mode,
        device=f"pbx/{event.extension}", gateway="pbx", received_at=now, device_at=event.at,
        place=phone.place if phone else None, place_name=where[:160], known=phone is not None, note=words,
        detail={name: value for name, value in detail.items() if value},
    )  # fmt: skip

"""What the gateways that know telephones are told, in the shapes they read."""

from datetime import date
from uuid import UUID

from watchbell.district.equipment.facts import EquipmentFacts, TelephoneFacts
from watchbell.gateways.held.directory import read_entries as read_held
from watchbell.gateways.pbx.feeds import read_entries as read_feeds
from watchbell.gateways.sip.book import read_entries as read_book
from watchbell.response.plans.rules.entries import Listed
from watchbell.response.plans.rules.entries_voice import SHAPES

SITE, PLACE = UUID(int=1), UUID(int=2)


def _thing(number, kind, device, settings=None, secret="", site=SITE):
    return EquipmentFacts(
        id=UUID(int=number), kind=kind, name=kind, site=site, place=PLACE, gateway="x", device=device,
        settings=settings or {}, secret=secret, is_test=False, state="online",
    )  # fmt: skip


PHONE = TelephoneFacts(
    id=UUID(int=20), name="Telephone", extension="4312", site=SITE, site_name="Lincoln High", place=PLACE,
    place_name="Room 12", civic={"HNO": "1200", "ROOM": "12"}, elin="+15735554312", callback="+15735554312",
    mac="001b44113ab7", latitude=38.9, longitude=-92.3, confirmed_on=date(2026, 8, 24),
)  # fmt: skip
HOMELESS = TelephoneFacts(
    id=UUID(int=21), name="Telephone", extension="4313", site=None, site_name="", place=None, place_name="", civic={}
)
WHERE = {"host": "127.0.0.1", "port": 5060}
LISTED = [
    Listed("d", "fallback", _thing(10, "pbx", "pbx", {**WHERE, "codes": {"*99": "lockdown"}}, "password", None)),
    Listed("d", "fallback", _thing(11, "sip_speaker", "gym", {**WHERE, "user": "7001"})),
    Listed("d", "fallback", _thing(12, "sip_group", "all", {"pbx": "pbx", "user": "*71"})),
    Listed("d", "fallback", _thing(13, "call_feed", "calls", {"watch": ["911"], **WHERE}, "token", None)),
    Listed("d", "fallback", _thing(14, "location_server", "lis", {"clients": ["10.0.0.0/8"]}, "token", None)),
    Listed("d", "fallback", _thing(20, "phone", "4312"), telephone=PHONE),
    Listed("d", "fallback", _thing(21, "phone", "4313"), telephone=HOMELESS),
]


def test_the_sip_gateway_reads_what_it_is_told():
    entries, secrets = SHAPES["sip"](LISTED)
    book = read_book(entries, secrets)
    assert book.problems == [] and len(book.lines) == 2
    (system,) = book.systems
    assert (system.codes, system.site, system.password) == ({"*99": "lockdown"}, "fallback", "password")
    phone = book.phone("d", "4312")
    assert phone is not None and (phone.place, phone.place_name, phone.site_name) == (
        str(PLACE), "Room 12", "Lincoln High",
    )  # fmt: skip
    assert book.phone("d", "+1 573 555 4312") is phone and book.phone("d", "4313") is None
    assert "password" not in str(entries)


def test_the_feed_of_911_calls_reads_what_it_is_told():
    entries, secrets = SHAPES["pbx"](LISTED)
    feeds = read_feeds(entries, secrets)
    feed = feeds.by_device["calls"]
    assert feeds.problems == [] and (feed.token, feed.site, feed.watch) == ("token", "fallback", ("911",))
    assert "civic" not in str(entries) and "sip_speaker" not in str(entries)


def test_the_location_server_reads_what_it_is_told():
    entries, secrets = SHAPES["held"](LISTED)
    directory = read_held(entries, secrets)
    assert directory.problems == [] and directory.servers[0].clients == ("10.0.0.0/8",)
    place = directory.by_endpoint[str(PHONE.id)]
    assert place.location is not None and place.location.civic["ROOM"] == "12"
    assert ("mac", "001b44113ab7") in directory.by_identity
    assert "confirmed" not in str(entries)

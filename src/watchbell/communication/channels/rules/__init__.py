"""Who is told by which way and when, which carrier takes a batch, what is tried again: pure."""

import base64
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from datetime import time as clock_time

from watchbell.communication.channels.facts import (
    AHEAD_SECONDS,
    BATCH_SIZE,
    CALL_BATCH_SIZE,
    DECLINABLE,
    LINK_CHANNELS,
    MOST_ADDRESSES,
    PLURALS,
    SKIPPED,
    TROUBLES,
    WAITING,
    WAYS_OF,
    Carrier,
    ChannelCount,
    Contact,
    LinkWay,
    QuietHours,
    Telling,
    Way,
    Wish,
    WishRow,
)
from watchbell.communication.channels.facts.sent_words import sent_words_in
from watchbell.communication.channels.facts.trying import NextWay
from watchbell.line.ids import same_id

DECLINED = "Has declined this."
DEFAULT_ORDER = ("push", "text", "email", "voice")


def choose_ways(
    contact: Contact, channels: Sequence[str], purpose: str, declined: Collection[tuple[str, str]],
    bad: Mapping[tuple[str, str], str], *, at_once: bool, may_wait: bool = False,
) -> list[Way]:  # fmt: skip
    """Each message a person gets: by every way at once, or the dearest first and the next when that has not reached.

    declined: (channel, address) that want nothing of this purpose. bad: (channel, address) → why nothing arrives: in an
    emergency these are asked too, after all others, since a carrier may have been wrong.
    may_wait: a mail waits for the day's digest where the person wants one a day.
    """
    is_urgent = purpose == "emergency"
    order = [one for one in (*contact.order, *DEFAULT_ORDER) if one in channels]
    ways: list[Way] = []
    doubtful: list[Way] = []
    wave = 0
    for channel in dict.fromkeys(order):
        given = {"email": contact.emails, "push": contact.subscriptions}.get(channel, contact.phones)
        most = MOST_ADDRESSES[channel][0 if is_urgent else 1]
        asked = 0
        for to in dict.fromkeys(given):
            if purpose in DECLINABLE and (channel, to) in declined:
                ways.append(Way(channel, to, wave, DECLINED))
            elif (channel, to) in bad and is_urgent:
                doubtful.append(Way(channel, to, 0, is_bad=True))
            elif (channel, to) in bad:
                ways.append(Way(channel, to, wave, bad[channel, to], is_bad=True))
            elif asked < most:
                ways.append(Way(channel, to, wave, waits=may_wait and contact.is_daily and channel == "email"))
                asked += 1
        wave += bool(asked) and not at_once
    return [*ways, *(replace(one, wave=wave) for one in doubtful)]


def say_bad(because: str) -> str:
    """Why a message is not asked at an address where nothing arrives. because: by the carrier's word."""
    return f"{NOT_THERE}{because}"[:255]


NOT_THERE = "Nothing arrives there: "


#: How the ledger says why a message goes where nothing has arrived.
DOUBTFUL = "Nothing has arrived there before: tried last, since it is an emergency."

#: The same of what a person tries by hand.
BY_HAND_DOUBTFUL = "Tried again by hand, though nothing has arrived there before."

#: By what a person is tried by hand.
NEXT = ("text", "voice", "email")


def find_next_ways(
    contact: Contact, tried: Mapping[tuple[str, str], int], purpose: str, declined: Collection[tuple[str, str]],
    bad: Collection[tuple[str, str]],
) -> list[NextWay]:  # fmt: skip
    """By what who is not reached can be tried, the best first: where nothing went yet, then once more where it did,
    then where nothing arrives.

    tried: (channel, address) → what became of it. What is on its way is not asked again, what was declined never.
    """
    fresh, again, last = [], [], []
    most = 0 if purpose == "emergency" else 1
    for channel in (one for one in dict.fromkeys((*contact.order, *NEXT)) if one in NEXT):
        given = dict.fromkeys(contact.emails if channel == "email" else contact.phones)
        wanted = [(channel, to) for to in given if (channel, to) not in declined]
        mine = [one for one in wanted if one not in bad]
        poor = tuple(to for way, to in wanted if (way, to) in bad and tried.get((way, to)) != WAITING)
        untried = tuple(to for way, to in mine if (way, to) not in tried)[: MOST_ADDRESSES[channel][most]]
        if untried:
            fresh.append(NextWay(channel, untried, poor))
        elif any(tried.get(one, SKIPPED) not in (WAITING, SKIPPED) for one in mine):
            again.append(NextWay(channel, (), poor))
        elif poor:
            last.append(NextWay(channel, (), poor, is_bad=True))
    return [*fresh, *again, *last]


def make_telling(began: datetime, reached: Sequence[datetime | None], channels: list[ChannelCount]) -> Telling:
    """How fast its families were reached. reached: when the first of each family was, None for nobody."""
    after = sorted((at - began).total_seconds() for at in reached if at is not None)
    when = [after[need - 1] if len(after) >= need > 0 else None
            for need in (-(-len(reached) // 2), -(-9 * len(reached) // 10))]  # fmt: skip
    return Telling(began, len(reached), len(after), when[0], when[1], after[-1] if after else None, channels)


def size_batches(channel: str, count: int) -> list[int]:
    """How many messages each batch of `count` gets."""
    most = CALL_BATCH_SIZE if channel == "voice" else BATCH_SIZE
    return [min(most, count - at) for at in range(0, count, most)]


def choose_carrier(
    carriers: Sequence[Carrier],
    tried: Sequence[str],
    mode: str,
    now: datetime,
    device: str = "",
    *,
    is_urgent: bool = False,
) -> Carrier | None:
    """The carrier that takes the next batch: the first by priority that works and has room.

    tried: carriers (ids) that had trouble with this very batch, the last one last: another comes first, then the one
    whose turn is longest ago. device: only this one (a post goes to its own account). is_urgent: it has room beside
    what is under way. None: wait. A drill or a test goes to carriers for tests only, and nothing else does.
    One that does not answer its gateway comes after those that do. What a gateway gets of which nothing is heard may
    lie there for long, so that gets a batch only where there is no other carrier to wait for.
    """
    mine = [one for one in carriers if one.is_test == (mode != "real") and device in ("", str(one.id))]
    well = [one for one in mine if one.bad_until is None or one.bad_until <= now]
    if not all(one.is_unheard for one in mine):
        well = [one for one in well if not one.is_unheard]
    fresh = [one for one in well if str(one.id) not in tried]
    turn = {name: number for number, name in enumerate(() if fresh else tried)}
    for one in sorted(
        fresh or well, key=lambda one: (one.is_silent, turn.get(str(one.id), -1), one.priority, one.name)
    ):
        if one.out < _room_of(one) * (2 if is_urgent else 1):
            return one
    return None


def _room_of(carrier: Carrier) -> int:
    """How many batches it is given at once: one beside each lane, and what its pace needs while the hub is held up."""
    size = CALL_BATCH_SIZE if carrier.channel == "voice" else BATCH_SIZE
    return carrier.lanes + 1 + int(carrier.per_second * AHEAD_SECONDS / size)


def is_over(state: str, expires_at: datetime, moment: datetime, lease: timedelta) -> bool:
    """Whether a batch goes to no carrier any more: its time is over, and that of who has it to tell of it."""
    return moment >= expires_at + (lease if state == "out" else timedelta(0))


def has_carrier(carriers: Sequence[Carrier], mode: str) -> bool:
    """Whether anybody brings messages of this mode by this way, now or later."""
    return any(one.is_test == (mode != "real") for one in carriers)


def say_trouble(channel: str, carriers: Sequence[Carrier], mode: str, now: datetime, zone: tzinfo) -> str:
    """Why messages of a way wait while one of its carriers is in trouble, and what happens next; "" when none is."""
    mine = sorted((one for one in carriers if one.channel == channel and one.is_test == (mode != "real")),
                  key=lambda one: (one.priority, one.name))  # fmt: skip
    bad = [one for one in mine if one.bad_until is not None]
    if not bad:
        return ""
    told = " and ".join(
        f"{one.name} {TROUBLES.get(one.state, 'is in trouble')} since {_say_time(one.bad_since or now, now, zone)}"
        for one in bad
    )
    well = next((one for one in mine if one.bad_until is None), None)
    if well is not None:
        return f"{PLURALS[channel]}: {told}; they go by {well.name} now."
    again = max(now, min(one.bad_until for one in bad if one.bad_until is not None))
    left = "It is" if len(bad) == 1 else "They are"
    when = _say_time(again, now, zone, to_second=True)
    return f"{PLURALS[channel]} wait: {told}, and no carrier is left. {left} tried again at {when}."


def _say_time(at: datetime, now: datetime, zone: tzinfo, *, to_second: bool = False) -> str:
    local = at.astimezone(zone)
    day = "" if local.date() == now.astimezone(zone).date() else f"{local.day} {local:%B}, "
    return f"{day}{local:%H:%M:%S}" if to_second else f"{day}{local:%H:%M}"


def say_no_carrier(mode: str) -> str:
    """Why a message is not asked by a way that nobody serves."""
    return "There is no carrier for this way." if mode == "real" else f"There is no test carrier: a {mode} stops here."


def wish_rows(
    addresses: Sequence[tuple[str, str]], known: Mapping[tuple[str, str, str], bool], bad: Collection[tuple[str, str]],
    typed: Collection[str] = (),
) -> list[WishRow]:  # fmt: skip
    """(kind, address) with what is wanted there. known: (way, address, purpose) → wanted, where it was told.

    typed: the numbers of text telephones.
    """
    return [
        WishRow(
            same_id("address", kind, address)[:16], kind, address, any((way, address) in bad for way in WAYS_OF[kind]),
            tuple(Wish(way, purpose, known.get((way, address, purpose), True))
                  for purpose in DECLINABLE for way in WAYS_OF[kind]),
            address in typed,
        )
        for kind, address in addresses
    ]  # fmt: skip


def changed_wishes(row: WishRow, ticked: Collection[str]) -> list[Wish]:
    """What of an address' wishes is another by what was ticked (keys of Wish): as it is wanted now."""
    return [replace(one, is_wanted=one.key in ticked) for one in row.wishes if one.is_wanted != (one.key in ticked)]


#: A day must be left in which routine messages come.
MOST_QUIET_HOURS = 14


def judge_quiet(quiet: QuietHours) -> str:
    """Why hours cannot be the district's quiet ones; "" when they can."""
    minutes = (quiet.ends.hour - quiet.begins.hour) * 60 + quiet.ends.minute - quiet.begins.minute
    if minutes == 0:
        return "Quiet hours begin and end at different times."
    if minutes % 1440 > MOST_QUIET_HOURS * 60:
        return f"Quiet hours last {MOST_QUIET_HOURS} hours at most: routine messages need a day to come in."
    return ""


def is_spared(purpose: str, mode: str, channel: str = "") -> bool:
    """Whether messages of this kind wait while the district is quiet. A post rings nobody's telephone."""
    return purpose in DECLINABLE and mode == "real" and channel != "post"


#: How the ledger's word for what waits for the morning begins.
QUIET = "The district is quiet: "


def say_spared(due: datetime, zone: tzinfo) -> str:
    """How the ledger says that a message waits for the morning."""
    return f"{QUIET}it goes at {due.astimezone(zone):%H:%M} at the earliest."


def judge_digest(quiet: QuietHours) -> str:
    """Why the daily digest cannot go at its time; "" when it can."""
    if quiet.holds(quiet.digest):
        return (f"The daily mail goes at {quiet.digest:%H:%M}, and the district is quiet from {quiet.begins:%H:%M} to "
                f"{quiet.ends:%H:%M}: choose a time outside of that.")  # fmt: skip
    return ""


def digest_of(day: datetime, at: clock_time, zone: tzinfo) -> datetime:
    """When the digest of a moment's day goes, in UTC.

    A time that a change of clocks leaves out comes an hour later; one that comes twice is the first.
    """
    return datetime.combine(day.astimezone(zone).date(), at, zone).astimezone(UTC)


def next_digest(after: datetime, at: clock_time, zone: tzinfo) -> datetime:
    """The first moment after `after` at which a day's digest goes, by the district's clock; in UTC."""
    due = digest_of(after, at, zone)
    if due > after:
        return due
    noon = datetime.combine(after.astimezone(zone).date() + timedelta(days=1), clock_time(12), zone)
    return digest_of(noon, at, zone)


def say_waits(due: datetime, zone: tzinfo) -> str:
    """How the ledger says that a mail waits."""
    local = due.astimezone(zone)
    return f"In the digest of {local.day} {local:%B}, goes at {local:%H:%M}."


def say_carried(due: datetime, zone: tzinfo) -> str:
    """How the ledger says by what a mail went."""
    local = due.astimezone(zone)
    return f"In the digest of {local.day} {local:%B}."


def choose_link_ways(
    contacts: Sequence[Contact], bad: Collection[str], channels: Collection[str]
) -> list[LinkWay]:  # fmt: skip
    """By what a guardian's link can go: their own addresses first (contacts[0]), then those of others at home.

    bad: addresses at which nothing arrives, by whatever way. channels: those that a carrier brings.
    """
    found: dict[tuple[str, str], LinkWay] = {}
    for number, one in enumerate(contacts):
        given = {"text": one.phones, "email": one.emails, "push": one.subscriptions[:1]}
        for channel in (channel for channel in LINK_CHANNELS if channel in channels):
            for to in given[channel]:
                if to not in bad:
                    shown = "their installed app" if channel == "push" else to
                    way = LinkWay(same_id("link", channel, to)[:16], channel, to, shown, one.name, one.language,
                                  number == 0)  # fmt: skip
                    found.setdefault((channel, to), way)
    return list(found.values())


def say_no_link_way(contacts: Sequence[Contact], channels: Collection[str]) -> str:
    """Why a guardian's link can go by no way, and what to do; contacts as in `choose_link_ways`."""
    own = contacts[0]
    has_more = len({*own.phones, *own.emails}) > 1
    mine = "no other address of theirs works" if has_more else "the school has no other address of theirs"
    others = [one.name for one in contacts[1:]]
    home = f"nothing arrives at {' and '.join(others)}'s either" if others else "no other guardian is in the household"
    end = "" if set(channels) & {"text", "email"} else " No carrier brings texts or mails now."
    return f"{own.name}: {mine}, and {home}. Call, or ask their child for a number that works.{end}"


def seconds_bad(carrier: str, failures: int) -> float:
    """How long a carrier in trouble is left alone: 2 s, doubling to 2 minutes; one that refuses us, a minute."""
    return 60.0 if carrier == "refuses" else min(120.0, 2.0 * 2.0 ** min(failures, 6))


def seconds_until_again(attempts: int, purpose: str) -> float:
    """How long a batch waits that a carrier was well and did not take: 1 s, doubling to 2 minutes; what can be declined
    to 10."""
    return min(600.0 if purpose in DECLINABLE else 120.0, 2.0 ** min(attempts, 11) / 2)


#: Marks a carrier that was well, and did not take all of a batch.
ONCE = "?"


def note_tried(tried: Sequence[str], carrier: str, *, is_well: bool) -> list[str]:
    """`Batch.tried` after a carrier was through with a batch of which something is left.

    One that was in trouble is avoided from now on; one that was well and yet did not take all, after the second time.
    """
    is_over = not is_well or carrier in tried or carrier + ONCE in tried
    return [*(one for one in tried if one.removesuffix(ONCE) != carrier), carrier if is_over else carrier + ONCE]


def spell_declined(purposes: Sequence[str], district: str, language: str) -> str:
    """What a person is told who has written STOP or START."""
    return sent_words_in(language)["declined" if "routine" in purposes else "wanted"].format(district=district)


def make_code(seed: bytes) -> str:
    """Six digits that are sent to a new address, from random bytes."""
    return f"{int.from_bytes(seed[:8]) % 10**6:06d}"


def correct_addresses(given: Sequence[str], changes: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """The addresses of a person with their own confirmed corrections ((old, new), in order) applied; the newest first.

    A correction of an address the records no longer hold adds the new one; ("", new) adds, (old, "") takes out.
    """
    found = list(dict.fromkeys(given))
    for old, new in changes:
        found = [one for one in found if one not in (old, new)]
        if new:
            found.insert(0, new)
    return tuple(found)


def join_browsers(*known: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    """A person's browsers, signed in or remembered, each once by its push address."""
    return list({one["endpoint"]: one for some in reversed(known) for one in some}.values())


def read_order(chosen: Sequence[str]) -> tuple[str, ...]:
    """Ways in the order a person chose them, without what is no way."""
    return tuple(one for one in dict.fromkeys(chosen) if one in DEFAULT_ORDER)


def tag_of(district: str) -> str:
    """Two characters with which the links of a district's people begin: few districts are asked whose a link is."""
    return base64.urlsafe_b64encode(hashlib.blake2b(district.encode(), digest_size=3).digest()).decode()[:2]

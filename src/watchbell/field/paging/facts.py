"""Announcements, recordings, zone tests and displays: their words, limits and frozen facts."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from uuid import UUID

#: How an announcement is made.
WAYS = {"text": "Typed text", "recording": "Recording", "prompt": "Shipped prompt", "live": "Live", "bell": "Bell"}
MODES = {"real": "Real", "drill": "Drill", "test": "Test"}
#: Ten levels; from EMERGENCY on they cut off ordinary ones. None of them ever interrupts an alarm.
PRIORITIES = {
    1: "1 Music, ambient", 2: "2 Bells", 3: "3 Routine", 4: "4 Announcement", 5: "5 Ordinary", 6: "6 Important",
    7: "7 Urgent", 8: "8 Emergency", 9: "9 Emergency, leader", 10: "10 Emergency, highest",
}  # fmt: skip
ORDINARY, EMERGENCY, BELL_PRIORITY = 5, 8, 2
#: What the speech engines can say; the first two are offered at once.
LANGUAGES = {
    "en": "English", "es": "Spanish", "ar": "Arabic", "am": "Amharic", "de": "German", "fa": "Persian", "fr": "French",
    "ht": "Haitian Creole", "hi": "Hindi", "it": "Italian", "ja": "Japanese", "ko": "Korean", "my": "Burmese",
    "pl": "Polish", "pt": "Portuguese", "ru": "Russian", "sw": "Swahili", "uk": "Ukrainian", "ur": "Urdu",
    "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
#: Shipped prompts anybody who may speak can play.
PROMPTS = {"bell": "Class bell", "test": "This is a test", "all_clear": "All clear"}
#: Shipped prompts that order people about: in reality only an alarm says them.
ALARM_PROMPTS = {
    "hold": "Hold", "secure": "Secure", "lockdown": "Lockdown", "evacuate": "Evacuate", "shelter": "Shelter",
    "fire": "Fire", "medical": "Medical", "staff_assist": "Staff assist",
}  # fmt: skip
CHIMES = {"plain": "Chime", "alarm": "Attention tone", "bell": "Class bell", "none": "None"}
ZONE_KINDS = ("paging_zone", "sip_group", "sip_speaker")
MOST_TEXT, MOST_TEXTS, MOST_TIMES = 1000, 6, 5
MOST_RECORDING_SECONDS, LEAST_RECORDING_SECONDS = 120.0, 0.5
MOST_FILE_BYTES = 25_000_000
#: The steps that orders of this capability carry, by which the worker knows whose receipts they are.
ANNOUNCEMENT, STOPPING, ZONE_TEST = "announcement", "announcement-stop", "zone-test"
STEPS = (ANNOUNCEMENT, STOPPING, ZONE_TEST)
STATES = {
    "asked": "Going out", "on": "On the air", "over": "Heard to the end", "stopped": "Stopped", "cut": "Cut off",
    "partly": "Partly failed", "failed": "Failed",
}  # fmt: skip
ZONE_STATES = {
    "asked": "Asked", "on": "On the air", "played": "Played", "stopped": "Stopped", "cut": "Cut off",
    "failed": "Failed", "expired": "No answer",
}  # fmt: skip
ENDED = frozenset({"played", "stopped", "cut", "failed", "expired"})
VERDICTS = {
    "heard": "Heard", "unheard": "Not heard by all", "sent": "Sent, cannot be heard back", "unsent": "Not sent",
    "answered": "Took the call, cannot be heard back", "busy": "Busy, not tested", "silent": "No answer", "": "Asked",
}  # fmt: skip
#: Zones whose newest verdict is one of these are trouble.
BAD_VERDICTS = frozenset({"unheard", "unsent", "silent"})
TEST_HISTORY_DAYS = 90
DEFAULT_TEST_AT = time(2, 30)
#: A nightly test that could not begin at its minute begins within this time, or not that night.
TEST_WINDOW_MINUTES = 120
#: People are in the building from so long before the first bell until so long after the last.
MINUTES_AROUND_SCHOOL = 90
#: A bell that could not ring within this time does not ring.
BELL_LATE_SECONDS = 45
DISPLAY_TICKET_SECONDS = 10 * 365 * 86400.0
LIVE_TICKET_SECONDS = 1800.0


@dataclass(frozen=True)
class Zone:
    """One zone that can be spoken to. device: as its gateway knows it. speakers: how many hang in it."""

    id: UUID
    name: str
    site: UUID
    site_name: str
    gateway: str
    device: str
    is_test: bool = False
    state: str = "unknown"
    speakers: int = 0


@dataclass(frozen=True)
class Said:
    """One text in one language."""

    language: str
    text: str


@dataclass(frozen=True)
class Wanted:
    """An announcement as it is asked for."""

    way: str
    zones: tuple[UUID, ...]
    priority: int = ORDINARY
    mode: str = "real"
    say: tuple[Said, ...] = ()
    prompt: str = ""
    recording: UUID | None = None
    languages: str = "en"
    chime: str = "plain"
    times: int = 1


@dataclass(frozen=True)
class Busy:
    """An announcement that is on in a zone."""

    zone: UUID
    priority: int
    by_name: str
    way: str


@dataclass(frozen=True)
class TestPlan:
    """When a district's zones test themselves, in its own time. last_on: the night that was tested last."""

    __test__ = False

    at: time = DEFAULT_TEST_AT
    is_quiet: bool = True
    may_disturb: bool = False
    last_on: date | None = None


@dataclass(frozen=True)
class Bell:
    """A bell of a site's day that is due: the period's name, and whether it begins or ends."""

    site: UUID
    name: str
    is_start: bool
    at: time = field(default=time(0, 0))


# -- calls to record ---------------------------------------------------------------------------------------------------

#: What calls people, and what a call to record can come to; those of CALL_ENDS are the last.
CALL_KINDS = ("call_carrier", "sip_trunk")
CALL_STATES = {
    "asked": "Calling…", "calling": "Calling…", "answered": "They answered", "heard": "Playing it back",
    "recorded": "Recorded", "silent": "We heard nothing", "dropped": "Hung up before anything was recorded",
    "busy": "The line was busy", "no_answer": "Nobody answered", "failed": "The call did not go through",
}  # fmt: skip
CALL_ENDS = ("recorded", "silent", "dropped", "busy", "no_answer", "failed")
#: A call that could not begin within so long is none; one nothing was heard of for so long is over.
CALL_BEGINS_SECONDS, CALL_LASTS_SECONDS, CALL_HISTORY_DAYS = 120, 20 * 60, 30
#: Within ten minutes so many calls by one person, and so many to one number, with a rest between them.
MOST_CALLS, MOST_CALLS_TO_NUMBER, CALL_WINDOW_SECONDS, NUMBER_REST_SECONDS = 4, 3, 600, 20
#: Numbers that cost whoever calls them.
PREMIUM = ("+1900", "+1976")


@dataclass(frozen=True)
class CallAsked:
    """A call to record as it is asked for. number: as it was written. about: the message it is for, in words."""

    number: str
    name: str
    language: str = "en"
    about: str = ""


@dataclass(frozen=True)
class Called:
    """An earlier call: whether it was by the same person, whether to the same number; how it is."""

    is_mine: bool
    is_number: bool
    state: str
    asked_at: datetime

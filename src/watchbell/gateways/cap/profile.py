"""The IPAWS profile's rules beyond its schema (CAP v1.2 IPAWS USA Profile 1.0); pure."""

from typing import NamedTuple

from watchbell.gateways.cap.codec import Alert, Info
from watchbell.gateways.cap.schema import read_moment

PROFILE_CODE = "IPAWSv1.0"


class Remark(NamedTuple):
    """level: "ERROR" for what an IPAWS gateway refuses, "REC" for what it recommends otherwise."""

    level: str
    text: str


def judge_profile(alert: Alert) -> list[Remark]:
    """What the profile finds wrong or unwise in a message."""
    found = _judge_head(alert)
    codes = [sorted(info.event_codes) for info in alert.infos]
    categories = [sorted(info.categories) for info in alert.infos]
    if any(one != codes[0] for one in codes) or any(one != categories[0] for one in categories):
        found.append(Remark("ERROR", "All info blocks carry the same eventCode and category."))
    for info in alert.infos:
        found += _judge_info(info)
    return found


def _judge_head(alert: Alert) -> list[Remark]:
    found = []
    if not _has_offset(alert.sent):
        found.append(Remark("ERROR", "sent must carry the time zone's offset; none, or zero, is suspicious."))
    if PROFILE_CODE not in alert.codes:
        found.append(Remark("ERROR", f"The code {PROFILE_CODE} is required."))
    if alert.message_type in ("Update", "Cancel") and not alert.references:
        found.append(Remark("ERROR", f"{alert.message_type} must have references."))
    return found


def _judge_info(info: Info) -> list[Remark]:
    found = []
    if not info.expires or not _has_offset(info.expires):
        found.append(Remark("ERROR", "expires is required, with an offset that is not zero."))
    same = [value for name, value in info.event_codes if name == "SAME"]
    if len(same) != 1 or len(same[0]) != 3 or not same[0].isalpha():
        found.append(Remark("ERROR", "Exactly one eventCode SAME with three letters is required."))
    if not info.areas:
        found.append(Remark("ERROR", "At least one area per info is required."))
    if info.effective or info.onset:
        found.append(Remark("REC", "effective and onset are ignored."))
    if not info.description or not info.instruction:
        found.append(Remark("REC", "description and instruction should be present."))
    for area in info.areas:
        codes = [value for name, value in area.geocodes if name == "SAME"]
        if not codes or any(len(code) != 6 or not code.isdigit() for code in codes):
            found.append(Remark("REC", "Each area should have a SAME geocode of six digits."))
    return found


def _has_offset(text: str) -> bool:
    moment = read_moment(text)
    return moment is not None and bool(moment.utcoffset())

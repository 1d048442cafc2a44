"""Decides: who may say what where, what became of it, when zones test themselves, which bell rings."""

from watchbell.field.paging.rules.announcing import judge_state, judge_wanted, title_of
from watchbell.field.paging.rules.bells import due_bells, find_test_fault, has_people, is_test_due
from watchbell.field.paging.rules.calling import is_news, judge_number, judge_pace
from watchbell.field.paging.rules.testing import read_zone_test
from watchbell.field.paging.rules.wav import NotSound, read_wav, write_wav

__all__ = [
    "NotSound",
    "due_bells",
    "find_test_fault",
    "has_people",
    "is_news",
    "is_test_due",
    "judge_number",
    "judge_pace",
    "judge_state",
    "judge_wanted",
    "read_wav",
    "read_zone_test",
    "title_of",
    "write_wav",
]

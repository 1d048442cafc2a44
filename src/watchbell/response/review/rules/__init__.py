"""Decides what a report says of itself, how it is drawn, and what is due."""

from watchbell.response.review.rules.charts import draw_rooms, draw_times
from watchbell.response.review.rules.drafting import draft_report, suggest_rating
from watchbell.response.review.rules.judging import is_hot_wash_open, judge_due, may_note

__all__ = [
    "draft_report",
    "draw_rooms",
    "draw_times",
    "is_hot_wash_open",
    "judge_due",
    "may_note",
    "suggest_rating",
]

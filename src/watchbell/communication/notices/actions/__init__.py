"""The verbs of notices: written, approved, sent, corrected, ended; answered; threads answered; templates approved."""

from watchbell.communication.notices.actions.answering import (
    answer_thread,
    assign_thread,
    close_thread,
    note_answer,
    note_keys,
    note_replies,
    note_reply,
    note_seen,
    note_written,
)
from watchbell.communication.notices.actions.correcting import confirm_correction, correct_notice
from watchbell.communication.notices.actions.letters import dismiss_letter, draft_letter, keep_letter_template
from watchbell.communication.notices.actions.lists import add_numbers, add_people, drop_list, save_list, take_off
from watchbell.communication.notices.actions.owed import remind_families, watch_families
from watchbell.communication.notices.actions.said import Said
from watchbell.communication.notices.actions.sending import (
    SENT,
    approve_notice,
    change_sending,
    drop_notice,
    end_notice,
    mark_sent,
    note_ended,
    refuse_notice,
    submit_notice,
    try_again,
    write_notice,
)
from watchbell.communication.notices.actions.templates import approve_template, retire_template, write_template

__all__ = [
    "SENT",
    "Said",
    "add_numbers",
    "add_people",
    "answer_thread",
    "approve_notice",
    "approve_template",
    "assign_thread",
    "change_sending",
    "close_thread",
    "confirm_correction",
    "correct_notice",
    "dismiss_letter",
    "draft_letter",
    "drop_list",
    "drop_notice",
    "end_notice",
    "keep_letter_template",
    "mark_sent",
    "note_answer",
    "note_ended",
    "note_keys",
    "note_replies",
    "note_reply",
    "note_seen",
    "note_written",
    "refuse_notice",
    "remind_families",
    "retire_template",
    "save_list",
    "submit_notice",
    "take_off",
    "try_again",
    "watch_families",
    "write_notice",
    "write_template",
]

"""The verbs of channels: mailings begin, go on and end; what became of messages is written down; people decline."""

from watchbell.communication.channels.actions.again import try_again
from watchbell.communication.channels.actions.browsers import forget_browser, forget_ended_browsers, keep_browser
from watchbell.communication.channels.actions.consent import (
    ask_change,
    clear_bad_address,
    confirm_change,
    record_consent,
    remove_address,
    set_preference,
    take_changes,
)
from watchbell.communication.channels.actions.correcting import correct_bodies, replace_mailing
from watchbell.communication.channels.actions.digests import (
    begin_digest,
    close_waiting,
    finish_digest,
    leave_out,
    put_in_digests,
    release_early,
    skip_reached,
)
from watchbell.communication.channels.actions.heard import take_heard
from watchbell.communication.channels.actions.helping import answer_help
from watchbell.communication.channels.actions.links import send_contact_link
from watchbell.communication.channels.actions.mailings import (
    add_posts,
    add_recipients,
    begin_mailing,
    change_mailing,
    finish_preparing,
    send_one,
    send_owed,
)
from watchbell.communication.channels.actions.sending import (
    close_batch,
    end_expired,
    end_lost,
    end_mailings,
    give_up_batch,
    hand_out_batch,
    lease_of,
    leave_out_since,
    open_waves,
    spare_waiting,
    take_back_batch,
)
from watchbell.communication.channels.actions.strays import settle_stray_wish
from watchbell.communication.channels.actions.telephones import mark_text_telephone, mark_told_telephone
from watchbell.communication.channels.actions.through import ask_trial, note_card, tell_trial
from watchbell.communication.channels.actions.told import mark_opened, take_told
from watchbell.communication.channels.actions.wishes import (
    record_told_mail,
    record_told_wishes,
    set_digest_hour,
    set_quiet_hours,
    set_routine_mail,
    set_wishes,
)

__all__ = [
    "add_posts",
    "add_recipients",
    "answer_help",
    "ask_change",
    "ask_trial",
    "begin_digest",
    "begin_mailing",
    "change_mailing",
    "clear_bad_address",
    "close_batch",
    "close_waiting",
    "confirm_change",
    "correct_bodies",
    "end_expired",
    "end_lost",
    "end_mailings",
    "finish_digest",
    "finish_preparing",
    "forget_browser",
    "forget_ended_browsers",
    "give_up_batch",
    "hand_out_batch",
    "keep_browser",
    "lease_of",
    "leave_out",
    "leave_out_since",
    "mark_opened",
    "mark_text_telephone",
    "mark_told_telephone",
    "note_card",
    "open_waves",
    "put_in_digests",
    "record_consent",
    "record_told_mail",
    "record_told_wishes",
    "release_early",
    "remove_address",
    "replace_mailing",
    "send_contact_link",
    "send_one",
    "send_owed",
    "set_digest_hour",
    "set_preference",
    "set_quiet_hours",
    "set_routine_mail",
    "set_wishes",
    "settle_stray_wish",
    "skip_reached",
    "spare_waiting",
    "take_back_batch",
    "take_changes",
    "take_heard",
    "take_told",
    "tell_trial",
    "try_again",
]

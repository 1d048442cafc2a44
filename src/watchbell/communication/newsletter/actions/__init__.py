"""The verbs of the newsletter: people come and go by their own word, issues are written, sent and stopped."""

from watchbell.communication.newsletter.actions.issues import (
    add_language,
    ask_test,
    change_sending,
    draft_digest,
    drop_issue,
    keep_picture,
    note_ended,
    save_text,
    set_topics,
    submit_issue,
    take_back,
    write_issue,
    write_sent,
)
from watchbell.communication.newsletter.actions.subscribing import (
    ask_subscription,
    close_topic,
    confirm_subscription,
    follow_wishes,
    leave,
    mail_again,
    save_topic,
    save_wishes,
    take_off,
)

__all__ = [
    "add_language", "ask_subscription", "ask_test", "change_sending", "close_topic", "confirm_subscription",
    "draft_digest", "drop_issue", "follow_wishes", "keep_picture", "leave", "mail_again", "note_ended", "save_text",
    "save_topic", "save_wishes", "set_topics", "submit_issue", "take_back", "take_off", "write_issue", "write_sent",
]  # fmt: skip

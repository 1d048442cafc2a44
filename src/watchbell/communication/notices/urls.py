"""Routes of notices."""

from django.urls import path

from watchbell.communication.notices.pages import desk, family, lists, notices, writing

app_name = "notices"
urlpatterns = [
    path("messages", notices.notices_page, name="notices_page"),
    path("messages/new", writing.compose_page, name="compose_page"),
    path("messages/preview", writing.preview_part, name="preview_part"),
    path("messages/choices", writing.choices_part, name="choices_part"),
    path("messages/people", writing.people_part, name="people_part"),
    path("messages/lists", lists.lists_page, name="lists_page"),
    path("messages/lists/new", lists.new_list_page, name="new_list_page"),
    path("messages/lists/<uuid:list_id>", lists.list_page, name="list_page"),
    path("messages/lists/<uuid:list_id>/people", lists.list_people_part, name="list_people_part"),
    path("messages/lists/<uuid:list_id>/add", lists.add_to_list, name="add_to_list"),
    path("messages/lists/<uuid:list_id>/file", lists.add_file_to_list, name="add_file_to_list"),
    path("messages/lists/<uuid:list_id>/off/<uuid:person_id>", lists.take_off_list, name="take_off_list"),
    path("messages/lists/<uuid:list_id>/drop", lists.drop_list, name="drop_list"),
    path("messages/threads", desk.threads_page, name="threads_page"),
    path("messages/threads/<uuid:thread_id>", desk.thread_page, name="thread_page"),
    path("messages/threads/<uuid:thread_id>/close", desk.close_thread, name="close_thread"),
    path("messages/desk/part", desk.desk_part, name="desk_part"),
    path("messages/templates", notices.templates_page, name="templates_page"),
    path("messages/templates/new", notices.new_template_page, name="new_template_page"),
    path("messages/templates/<uuid:template_id>", notices.template_page, name="template_page"),
    path("messages/templates/<uuid:template_id>/approve", notices.approve_template, name="approve_template"),
    path("messages/templates/<uuid:template_id>/retire", notices.retire_template, name="retire_template"),
    path("messages/<uuid:notice_id>", notices.notice_page, name="notice_page"),
    path("messages/<uuid:notice_id>/progress", notices.progress_part, name="progress_part"),
    path("messages/<uuid:notice_id>/edit", writing.edit_page, name="edit_page"),
    path("messages/<uuid:notice_id>/check", writing.check_page, name="check_page"),
    path("messages/<uuid:notice_id>/submit", writing.submit, name="submit"),
    path("messages/<uuid:notice_id>/approve", writing.approve, name="approve"),
    path("messages/<uuid:notice_id>/refuse", writing.refuse, name="refuse"),
    path("messages/<uuid:notice_id>/drop", writing.drop, name="drop"),
    path("messages/<uuid:notice_id>/end", notices.end, name="end"),
    path("messages/<uuid:notice_id>/correct", notices.correct_page, name="correct_page"),
    path("messages/<uuid:notice_id>/ledger", notices.ledger_page, name="ledger_page"),
    path("messages/<uuid:notice_id>/again", notices.try_again, name="try_again"),
    path("messages/<uuid:notice_id>/change/<str:what>", notices.change, name="change"),
    path("incidents/<uuid:incident_id>/messages/part", notices.incident_part, name="incident_part"),
    path("family", family.family_home, name="family_home"),
    path("m/<str:token>", family.message_page, name="message_page"),
    path("m/<str:token>/seen", family.seen, name="seen"),
    path("m/<str:token>/answer", family.answer, name="answer"),
]

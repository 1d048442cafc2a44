"""Routes of the newsletter: the console's begin with `newsletters`, everybody's with `newsletter`."""

from django.urls import path

from watchbell.communication.newsletter.pages import issues, people, public

app_name = "newsletter"
urlpatterns = [
    path("newsletters", issues.issues_page, name="issues_page"),
    path("newsletters/new", issues.new_issue, name="new_issue"),
    path("newsletters/digest", issues.new_digest, name="new_digest"),
    path("newsletters/subscribers", people.subscribers_page, name="subscribers_page"),
    path("newsletters/subscribers/<uuid:subscriber_id>/off", people.take_off, name="take_off"),
    path("newsletters/subscribers/<uuid:subscriber_id>/again", people.mail_again, name="mail_again"),
    path("newsletters/topics", people.add_topic, name="add_topic"),
    path("newsletters/topics/<uuid:topic_id>/close", people.close_topic, name="close_topic"),
    path("newsletters/<uuid:issue_id>", issues.issue_page, name="issue_page"),
    path("newsletters/<uuid:issue_id>/progress", issues.progress_part, name="progress_part"),
    path("newsletters/<uuid:issue_id>/edit/<slug:language>", issues.edit_page, name="edit_page"),
    path("newsletters/<uuid:issue_id>/languages", issues.add_language, name="add_language"),
    path("newsletters/<uuid:issue_id>/preview/<slug:language>", issues.preview_page, name="preview_page"),
    path("newsletters/<uuid:issue_id>/mail/<slug:language>", issues.mail, name="mail"),
    path("newsletters/<uuid:issue_id>/test/<slug:language>", issues.send_test, name="send_test"),
    path("newsletters/<uuid:issue_id>/topics", issues.set_topics, name="set_topics"),
    path("newsletters/<uuid:issue_id>/submit", issues.submit, name="submit"),
    path("newsletters/<uuid:issue_id>/change/<slug:what>", issues.change, name="change"),
    path("newsletter/<slug:code>", public.subscribe_page, name="subscribe_page"),
    path("newsletter/<slug:code>/archive", public.archive_page, name="archive_page"),
    path("newsletter/<slug:code>/<int:number>", public.read_page, name="read_page"),
    path("newsletter/<slug:code>/picture/<slug:name>", public.picture, name="picture"),
    path("newsletter/<slug:code>/confirm/<str:token>", public.confirm_page, name="confirm_page"),
    path("newsletter/<slug:code>/wishes/<str:token>", public.wishes_page, name="wishes_page"),
    path("newsletter/<slug:code>/wishes/<str:token>/leave", public.leave_here, name="leave_here"),
    path("newsletter/<slug:code>/leave/<str:token>", public.leave_page, name="leave_page"),
]

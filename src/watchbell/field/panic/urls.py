"""Routes of pressing."""

from django.urls import path

from watchbell.field.panic import pages

app_name = "panic"

urlpatterns = [
    path("press/ticket", pages.ticket_part, name="ticket_part"),
    path("press", pages.press_page, name="press_page"),
    path("press/drill", pages.drill_page, name="drill_page"),
    path("test-sessions", pages.sessions_page, name="sessions_page"),
    path("test-sessions/propose", pages.propose_session, name="propose_session"),
    path("test-sessions/<uuid:session_id>/confirm", pages.confirm_session, name="confirm_session"),
    path("test-sessions/<uuid:session_id>/end", pages.end_session, name="end_session"),
    path("home/sessions", pages.sessions_part, name="sessions_part"),
    path("home/demo", pages.demo_part, name="demo_part"),
    path("demo/press", pages.play_press, name="play_press"),
]

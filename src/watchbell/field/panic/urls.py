"""Routes of pressing."""

from django.urls import path

from watchbell.field.panic import pages

app_name = "panic"

urlpatterns = [
    path("press", pages.press_page, name="press_page"),
    path("press/drill", pages.drill_page, name="drill_page"),
    path("home/demo", pages.demo_part, name="demo_part"),
    path("demo/press", pages.play_press, name="play_press"),
]

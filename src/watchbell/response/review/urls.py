"""Routes of reviews."""

from django.urls import path

from watchbell.response.review import pages

app_name = "review"

urlpatterns = [
    path("reviews", pages.reviews_page, name="reviews_page"),
    path("reviews/improvements", pages.improvements_page, name="improvements_page"),
    path("reviews/begin/<uuid:incident_id>", pages.begin_review, name="begin_review"),
    path("reviews/incident/<uuid:incident_id>", pages.incident_review_page, name="incident_review_page"),
    path("reviews/<uuid:review_id>", pages.review_page, name="review_page"),
    path("reviews/<uuid:review_id>/pdf", pages.review_pdf, name="review_pdf"),
    path("reviews/<uuid:review_id>/hot-wash", pages.hot_wash_page, name="hot_wash_page"),
    path("reviews/<uuid:review_id>/note", pages.add_finding, name="add_finding"),
    path("reviews/<uuid:review_id>/open", pages.open_hot_wash, name="open_hot_wash"),
    path("reviews/<uuid:review_id>/texts", pages.texts_page, name="texts_page"),
    path("reviews/<uuid:review_id>/state", pages.set_state, name="set_state"),
    path("reviews/<uuid:review_id>/objectives", pages.add_objective, name="add_objective"),
    path("reviews/objectives/<uuid:objective_id>", pages.rate_objective, name="rate_objective"),
    path("reviews/findings/<uuid:finding_id>/remove", pages.remove_finding, name="remove_finding"),
    path("reviews/<uuid:review_id>/improvements", pages.write_improvement, name="write_improvement"),
    path("reviews/improvements/<uuid:improvement_id>", pages.improvement_page, name="improvement_page"),
    path("reviews/improvements/<uuid:improvement_id>/move", pages.move_improvement, name="move_improvement"),
    path("home/hot-wash", pages.hot_wash_part, name="hot_wash_part"),
    path("home/improvements", pages.due_part, name="due_part"),
]

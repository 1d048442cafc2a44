"""What is posted is public: its page is there, on the host the public reads, and its words are for everybody."""

import pytest

from watchbell.communication.channels.models import Body, Delivery, Recipient
from watchbell.communication.channels.queries.posts import as_posted
from watchbell.communication.channels.tests.builders import add_carrier
from watchbell.communication.notices import jobs, queries, rules
from watchbell.communication.notices.facts import Audience, Draft, Text
from watchbell.communication.notices.models import Notice
from watchbell.communication.notices.tests.builders import write_form
from watchbell.communication.public.actions import save_site
from watchbell.communication.public.queries import build_files
from watchbell.district.equipment.queries import equipment_of_kinds
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.permissions import system_actor
from watchbell.kernel.tests.reading import one_line

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")


@pytest.fixture
def post(client_as, family):
    """`post(...)`: a notice with one post has gone out; the notice."""
    account, client = str(add_carrier("social_account", "social")), client_as("director")

    def go(**words):
        client.post("/messages/new", write_form(family, posts=[account], **words))
        notice = Notice.objects.get()
        client.post(f"/messages/{notice.pk}/submit", {"count": "1"})
        jobs.send(str(notice.pk))
        return Notice.objects.get()

    return go


def posted():
    (one,) = as_posted(Delivery.objects.filter(channel="post"), equipment_of_kinds(("social_account",)))
    return " ".join(one.parts)


def test_a_post_leads_to_a_page_that_is_there(post, district):
    notice = post()
    assert notice.is_public, "what is posted to the world is public"
    page = Recipient.objects.get(name="Posts").fields["page"]
    assert page.endswith(f"/public/{district.code}/notices/{notice.number}.html")
    assert f"notices/{notice.number}.html" in build_files()


def test_one_that_was_kept_before_posts_made_a_page_has_its_page_as_well(client_as, family):
    client = client_as("director")
    client.post("/messages/new", write_form(family, posts=[str(add_carrier("social_account", "social"))]))
    notice = Notice.objects.get()
    with recorded_batch("a test's older draft"):
        Notice.objects.update(is_public=False)
    client.post(f"/messages/{notice.pk}/submit", {"count": "1"})
    jobs.send(str(notice.pk))
    assert Notice.objects.get().is_public and f"notices/{notice.number}.html" in build_files()


def test_posts_lead_to_the_host_that_the_public_reads(post, district):
    save_site(system_actor(district.pk), base_url="https://status.cedar.example.org/now", contact="", same="",
              languages="en")  # fmt: skip
    notice = post()
    page = f"https://status.cedar.example.org/now/notices/{notice.number}.html"
    assert Recipient.objects.get(name="Posts").fields["page"] == page
    jobs.end_posts(str(notice.pk))
    assert page in posted()


def test_a_drill_s_post_names_no_page_that_is_not_there(client_as, family):
    account, client = str(add_carrier("social_account", "social", is_test=True)), client_as("director")
    client.post("/messages/new", write_form(family, posts=[account], mode="drill"))
    notice = Notice.objects.get()
    client.post(f"/messages/{notice.pk}/submit", {"count": "1"})
    jobs.send(str(notice.pk))
    assert Recipient.objects.get(name="Posts").fields["page"] == "", "the public copy shows no drill"
    assert "THIS IS A DRILL" in posted()


def test_a_post_names_nobody_and_asks_nobody_to_text_a_number(post):
    words = {"short_en": "{{child}} leaves {{school}} at 12:00.", "options": ["I come", "By bus"]}
    post(title_en="Early release of {{child}}", **words)
    said = posted()
    assert "Your child leaves your school at 12:00." in said and "Early release of your child" in said
    assert "Reply" not in said and "I come" not in said and "Posts" not in said and "{{" not in said
    families = Body.objects.get(language="en")
    assert "Reply with the number: 1 I come, 2 By bus" in families.short, "families are asked as before"


def test_a_name_is_refused_where_it_would_be_posted(client_as, family):
    account, client = str(add_carrier("social_account", "social")), client_as("director")
    form = write_form(family, posts=[account], short_en="Dear {{name}}, buses are late.")
    assert "take {{name}} out" in one_line(client.post("/messages/preview", form).content)
    client.post("/messages/new", form)
    client.post(f"/messages/{Notice.objects.get().pk}/submit", {"count": "1"})
    assert Notice.objects.get().state == "draft"


def test_newsrooms_are_sent_the_page_that_a_post_makes():
    text = Text("en", "Late", "Buses are late.")
    draft = Draft("routine", (text,), Audience(), ("text",), posts=("x",), tell_media=True)
    assert rules.judge_draft(draft).errors == ()


def test_the_compose_page_says_that_a_post_is_public(client_as, family):
    add_carrier("social_account", "social")
    page = one_line(client_as("director").get("/messages/new").content)
    assert "What is posted is public: its page stands on the public status page, too." in page
    assert queries.public_notices() == []

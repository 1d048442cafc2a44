"""What is shown before sending: every way with its own words, lengths and recording, and what the world will read."""

import pytest

from watchbell.communication.channels.models import Preference
from watchbell.communication.channels.tests.builders import add_carrier
from watchbell.communication.notices.tests.builders import write_form
from watchbell.communication.public.models import MediaContact
from watchbell.district.people.actions import load_people
from watchbell.field.paging.models import Recording
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.tests.reading import one_line
from watchbell.line.clock import now
from watchbell.line.ids import new_id, same_uuid

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")


@pytest.fixture
def look(client_as, family):
    client = client_as("director")
    return lambda **words: one_line(client.post("/messages/preview", write_form(family, **words)).content)


def test_posts_are_shown_as_each_network_takes_them_with_their_length(look):
    x = add_carrier("social_account", "social", name="@cedar", settings={"network": "x"})
    page = add_carrier("social_account", "social", name="Cedar Schools", settings={"network": "facebook"})
    said = look(posts=[str(x), str(page)], short_en="{{child}} leaves at noon. " * 14, options=["I come", "By bus"])
    posts = said.split("What everybody reads")[1]
    assert "X, @cedar" in posts and "of 280" in posts and "(1/2)" in posts and "(2/2)" in posts, "a thread on X"
    assert "Facebook Page, Cedar Schools" in posts and "of 60,000" in posts
    assert "Your child leaves at noon." in posts and "Ana" not in posts and "Reply" not in posts
    assert "/notices/….html" in posts


def test_banner_page_and_press_mail_are_shown(look):
    with recorded_batch("a test's newsroom"):
        MediaContact.objects.create(newsroom="KXYZ", email="news@kxyz.invalid")
    words = {"is_banner": "on", "is_public": "on", "tell_media": "on", "text_en": "{{child}} can be picked up."}
    said = look(**words).split("What everybody reads")[1]
    assert "Banner on the website" in said and "Public page" in said and "Mail to newsrooms" in said
    assert "Your child can be picked up." in said and "Ana" not in said
    assert "This page is kept true; please link to it:" in said and "Buses are late (Cedar School District)" in said
    assert "What everybody reads" not in look()


def test_a_post_makes_a_public_page_that_is_shown(look):
    said = look(posts=[str(add_carrier("social_account", "social", settings={"network": "x"}))])
    assert "Public page" in said.split("What everybody reads")[1]


def test_a_drill_shows_no_public_page(look):
    assert "Public page" not in look(is_public="on", mode="drill")


def test_texts_say_what_a_carrier_charges_for(look):
    assert "1 segment, GSM-7" in look(short_en="Late")
    said = look(title_zh="晚点", short_zh="校车晚点二十分钟。" * 12)
    assert "segments, UCS-2" in said


def test_a_chosen_recording_is_heard_before_it_goes(look):
    digest = "ab" * 32
    with recorded_batch("a test's recording"):
        row = Recording.objects.create(name="Early dismissal", digest=digest, sound=b"\xff" * 8000, seconds=1.0,
                                       made_name="Office", listened_at=now())  # fmt: skip
    said = look(channels=["voice"], sound_en=digest)
    assert f'src="/announce/recordings/{row.pk}/sound"' in said and "Early dismissal" in said
    assert "“" not in said.split("Call")[1].split("</section>")[0], "no synthetic words that nobody will hear"
    assert "<audio" not in look(channels=["voice"])


def test_languages_that_families_read_and_nobody_wrote_are_said_with_how_many(look, family):
    assert "1 family reads Español, of which there is no text: it gets English." in look()
    assert "of which there is no text" not in look(title_es="Tarde", short_es="Los buses llegan tarde.")
    with recorded_batch("a test's families"):
        load_people({
            "person": [{"id": same_uuid("tran", at), "kind": "guardian", "given": f"T{at}", "family": "Tran",
                        "language": "vi-VN", "email": f"t{at}@x.invalid"} for at in range(3)],
            "guardianship": [{"id": new_id(), "student_id": family.student, "guardian_id": same_uuid("tran", at),
                              "relation": "parent"} for at in range(3)],
        })  # fmt: skip
        Preference.objects.create(person_id=same_uuid("tran", 2), language="en")
    said = look()
    assert "2 families read Tiếng Việt, of which there is no text: they get English." in said, (
        "one reads English by now"
    )
    assert "There is no Español text" not in said, "who reads it is known"
    none = look(kinds=["staff"])
    assert "of which there is no text" not in none


def test_the_last_look_says_it_and_takes_few_statements(client_as, family):
    client = client_as("director")
    client.get("/")
    answer = client.post("/messages/new", write_form(family, then="send"), follow=True)
    assert "1 family reads Español" in one_line(answer.content)
    timing = client.get(answer.redirect_chain[-1][0])["Server-Timing"]
    assert int(timing.split('desc="')[1].split('"')[0]) <= 12, timing

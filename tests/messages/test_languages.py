"""Every page, refusal, mail and text that families meet, in each language: nothing of it is left in English."""

import re
from html.parser import HTMLParser

import pytest
from django.test import Client

from tests.messages.test_pages import send
from watchbell.communication.channels import jobs as channel_jobs
from watchbell.communication.channels.facts import FAILED, SENT
from watchbell.communication.channels.models import (
    AlertCard,
    AlertTrial,
    Batch,
    Body,
    ContactChange,
    ContactLink,
    Delivery,
    Mailing,
    Preference,
    Recipient,
)
from watchbell.communication.channels.pages import family as channel_pages
from watchbell.communication.channels.tests.builders import add_carrier
from watchbell.communication.families import actions as families
from watchbell.communication.families import jobs as family_jobs
from watchbell.communication.families import pages as family_pages
from watchbell.communication.families.models import FamilyDevice
from watchbell.communication.families.queries import COOKIE as DEVICE
from watchbell.communication.notices import jobs
from watchbell.communication.notices.facts import Text
from watchbell.communication.notices.pages import device as device_pages
from watchbell.communication.notices.pages import family as notice_pages
from watchbell.communication.notices.pages import through as through_pages
from watchbell.communication.notices.rules.digests import Entry, fields_of, render_digest
from watchbell.district.equipment.models import Equipment
from watchbell.district.people.models import Guardianship, Person
from watchbell.kernel import limits
from watchbell.kernel.acting import acting_district
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.language import COOKIE
from watchbell.kernel.permissions import system_actor
from watchbell.line.clock import now
from watchbell.line.filling import fill
from watchbell.line.ids import new_id
from watchbell.line.languages import LANGUAGES

pytestmark = pytest.mark.usefixtures("committed_db", "no_bus")
OTHERS = [code for code in LANGUAGES if code != "en"]
PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"
MAIL, NUMBER = "maria@x.invalid", "+15735550101"
#: What is somebody's name or own word, whatever the language.
NAMES = {
    "Watchbell", "Maria Lopez", "Ana Lopez", "Ben Lopez", "Ana", "Cedar School District", "Birch School District",
    "Chrome, Android", "Maria Lopez: Ana Lopez", "m…a@x.invalid",
    "Buses are late", "Buses are late by 20 minutes", "Home", "Elsewhere", MAIL, NUMBER,
    *LANGUAGES.values(),
}  # fmt: skip
#: Words that are English ones alone.
ENGLISH = re.compile(r"\b(the|your?|this|and|with|not|sign|link)\b", re.IGNORECASE)
#: The name of a phone's own setting, as it stands there.
SETTING = "“Do Not Disturb”"
#: English texts that are French ones, too.
SAME = {"fr": {"Messages", "Contacts"}}


def is_english(text):
    """Whether a text has a word that is English alone, beside what a phone's own setting is called."""
    return ENGLISH.search(text.replace(SETTING, ""))


class Said(HTMLParser):
    """What a page says to a reader: texts and the attributes that are read out; times are written by the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self.silent = 0
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.silent += tag in ("script", "style", "time")
        self._add(*(value or "" for name, value in attrs if name in ("aria-label", "placeholder", "alt")))

    def handle_endtag(self, tag):
        self.silent -= tag in ("script", "style", "time")

    def handle_data(self, data):
        if not self.silent:
            self._add(data)

    def _add(self, *texts):
        for text in texts:
            for part in re.sub(r" \| Watchbell|https?://\S+", "", text).split("\n"):
                words = part.strip(" ().,:…")
                if re.search(r"[^\W\d_]{2}", words):
                    self.texts.add(words)


class Walk:
    """A family of one language, in a browser that speaks it: everything it can meet, by name."""

    def __init__(self, language, family, token, monkeypatch):
        self.language, self.family, self.token, self.patch = language, family, token, monkeypatch
        self.pages: dict[str, str] = {}
        self.other = new_id()

    def browser(self):
        return Client(headers={"accept-language": f"{self.language}-XX,{self.language};q=0.9", "user-agent": PHONE})

    def keep(self, name, answer, status=200):
        assert answer.status_code == status, f"{name} answered {answer.status_code}"
        self.pages[name] = answer.content.decode()

    def often(self, module, limit, name, ask, status=200):
        with self.patch.context() as patch:
            patch.setattr(module, limit, -1)
            self.keep(name, ask(), status)

    def link(self, kind, address):
        family_jobs.send_link(kind, address, self.language)
        told = Delivery.objects.filter(to=address).latest("id")
        body = Body.objects.get(mailing=told.mailing)
        self.pages[f"{kind} with a link"] = f"<p>{body.subject}</p><p>{body.text}</p><p>{body.short}</p>"
        found = re.search(r"/family/sign-in/\S+", body.short), re.search(r"\d{4} \d{4}", body.short)
        return found[0][0], found[1][0]

    def sign_in(self):
        here = self.browser()
        self.keep("sign-in", here.get("/family/sign-in"))
        self.keep("provider", here.get("/family/sign-in?refused=provider"))
        self.keep("no address", here.post("/family/sign-in", {"address": "12"}))
        self.keep("no district", here.post("/family/sign-in", {"address": MAIL}))
        asked = {"address": MAIL, "district": "cedar"}
        self.often(family_pages, "MOST_ASKED", "asked too often", lambda: here.post("/family/sign-in", asked))
        assert here.post("/family/sign-in", asked).status_code == 302
        self.keep("sent by mail", here.get("/family/sign-in/sent"))
        self.keep("wrong code", here.post("/family/sign-in/sent", {"code": "1"}))
        sent = "/family/sign-in/sent"
        self.often(family_pages, "MOST_TRIED", "code too often", lambda: here.post(sent, {"code": "1"}))
        assert here.post("/family/sign-in", {"address": NUMBER, "district": "cedar"}).status_code == 302
        self.keep("sent by text", here.get("/family/sign-in/sent"))
        shared, code = self.link("phone", NUMBER)
        self.keep("who", here.post("/family/sign-in/sent", {"code": code}))
        self.keep("link of two", here.get(shared))
        self.keep("said nobody", here.post(shared, {"person": "x"}))
        self.often(family_pages, "MOST_TRIED", "link too often", lambda: here.get(shared))
        path, _ = self.link("email", MAIL)
        self.keep("link", here.get(path))
        assert here.post(path).status_code == 302
        self.keep("link used", here.post(path), 404)
        self.keep("no link", here.get("/family/sign-in/nowhere.x"), 404)
        return here

    def devices(self, here):
        for how in ("code", "Cedar account"):
            with recorded_batch("a test's device"):
                row = FamilyDevice.objects.latest("made_at")
                row.pk, row._state.adding, row.key, row.how, row.name = new_id(), True, new_id().hex, how, ""
                row.save(force_insert=True)
        push = {"endpoint": f"https://push.invalid/{new_id()}", "p256dh": "p" * 87, "auth": "a" * 22}
        self.keep("devices before", here.get("/family/devices"))
        assert here.post("/family/devices/push", push).status_code == 204
        for name in ("", "?told=ended", "?told=push_stopped"):
            self.keep(f"devices{name}", here.get(f"/family/devices{name}"))
        self.keep("not my device", here.post("/family/devices/end", {"device": str(new_id())}), 404)
        self.keep("home", here.get("/family"))
        self.keep("kept at home", self.browser().get("/family/kept"), 401)

    def message(self):
        here, path = self.browser(), f"/m/{self.token}"
        self.keep("message", here.get(path))
        self.often(notice_pages, "MOST_LOOKS", "looked too often", lambda: here.get(path), 429)
        self.often(notice_pages, "MOST_ANSWERS", "answered too often", lambda: here.post(f"{path}/answer"), 429)
        self.often(device_pages, "MOST_ASKED", "kept too often", lambda: here.get(f"{path}/kept"), 429)
        self.keep("no answer", here.post(f"{path}/answer", {"option": "7"}), 403)
        json = here.post(f"{path}/answer", {"option": "7"}, headers={"accept": "application/json"})
        assert json.json()["title"] in self.pages["no answer"]
        for part in ("", "/contacts", "/kept"):
            self.keep(f"gone{part}", here.get(f"/m/gone{part}"), 404)
        for part in ("answer", "seen"):
            self.keep(f"gone {part}", here.post(f"/m/gone/{part}"), 404)
        with recorded_batch("a test's forgetting"):
            row = Recipient.objects.get(token=self.token)
            Recipient.objects.filter(pk=row.pk).update(person=None)
            Delivery.objects.filter(recipient=row).update(state=FAILED)
        self.keep("no way back", here.post(f"{path}/answer", {"text": "Hello"}), 403)
        self.keep("contacts of nobody", here.get(f"{path}/contacts"), 404)
        with recorded_batch("a test's person"):
            Recipient.objects.filter(pk=row.pk).update(person=row.person_id)
            Delivery.objects.filter(recipient=row).update(state=SENT)
        self.keep("unsubscribe", here.get(f"/wishes/{self.token}"))
        self.keep("unsubscribe gone", here.get("/wishes/gone"), 404)
        self.keep("offline", here.get("/family/offline"))
        self.pages["app"] = (
            f"<p>{here.get(f'/family/manifest.webmanifest?language={self.language}').json()['name']}</p>"
        )

    def contacts(self):
        here, path = self.browser(), f"/m/{self.token}/contacts"
        ask = {"what": "address", "old": "", "new": "x"}
        self.keep("contacts", here.get(path))
        self.often(channel_pages, "MOST_TRIES", "contacts too often", lambda: here.get(path), 429)
        self.keep("no number", here.post(path, ask | {"kind": "phone"}))
        self.keep("no mail", here.post(path, ask | {"kind": "email"}))
        self.keep("nothing such", here.post(path, {"what": "x"}))
        self.keep("nothing pending", here.post(path, {"what": "code", "change": str(new_id()), "code": "1"}))
        self.keep("code sent", here.post(path, ask | {"kind": "phone", "new": "573-555-0777"}))
        change = ContactChange.objects.latest("asked_at")
        sent = Body.objects.get(mailing__about=f"code:{change.pk}")
        channel_jobs.send_code(str(new_id()), "email", MAIL, "1", self.language)
        mailed = Body.objects.latest("id")
        self.pages["codes"] = "".join(f"<p>{one.subject}</p><p>{one.short}</p>" for one in (sent, mailed))
        self.own_link()
        wrong = {"what": "code", "change": str(change.pk), "code": "x"}
        self.keep("code wrong", here.post(path, wrong))
        with recorded_batch("a test's tries"):
            ContactChange.objects.filter(pk=change.pk).update(tries=5)
        self.keep("code tried out", here.post(path, wrong))
        right = re.search(r"\d{6}", sent.short)[0]
        with recorded_batch("a test's tries"):
            ContactChange.objects.filter(pk=change.pk).update(tries=0)
        self.keep("code used", here.post(path, wrong | {"code": right}))
        family_jobs.tell_change(str(change.pk), [MAIL])
        told = Body.objects.latest("id")
        self.pages["contacts changed"] = f"<p>{told.subject}</p><p>{told.short}</p>"
        self.known(path)
        at = re.search(r'name="at" value="(\w+)"', here.get(path).content.decode())[1]
        self.keep("some wishes", here.post(path, {"what": "wishes", "at": at, "wish": ["text:routine"]}))
        for mail in ("daily", "now"):
            self.keep(f"mail {mail}", here.post(path, {"what": "mail", "mail": mail}))
        self.digest()
        for what in ("stop", "start"):
            self.keep(what, here.post(path, {"what": what, "old": "… 0101"}))
        for what in ("tty", "no_tty"):
            self.keep(what, here.post(path, {"what": what, "old": "… 0101"}))
        self.keep("saved", here.post(path, {"what": "order", "first": "push", "language": self.language}))
        self.keep("unsubscribed", here.post(f"/wishes/{self.token}"))
        for wanted in (False, True):
            channel_jobs.confirm_wish(NUMBER, wanted, new_id().hex)
            self.pages[f"wish {wanted}"] = f"<p>{Body.objects.latest('id').short}</p>"

    def through(self):
        """What lets an alert through a silenced phone, before and after a trial, and how it is refused."""
        here, path = self.browser(), f"/m/{self.token}/alerts"
        self.keep("alerts without a number", here.get(path))
        calls = add_carrier("sip_trunk", "siptrunk", settings={"from": "+15735550199"})
        self.keep("alerts", here.get(path))
        card = here.get(f"{path}/card.vcf").content.decode().replace("\r\n ", "")
        self.pages["card"] = "".join(f"<p>{one}</p>" for one in re.findall(r"(?:FN|NOTE):(.*)\r", card))
        with recorded_batch("a test's number"):
            Equipment.objects.filter(pk=calls).update(settings={"from": "+15735550188"})
        self.keep("another number", here.get(path))
        self.keep("no trial", here.post(path, {"rang": "yes"}), 404)
        self.keep("no such way", here.post(path, {"way": "text", "number": "x"}), 403)
        self.keep("no such number", here.post(path, {"way": "call", "number": "x"}), 404)
        key = re.search(r'<option value="(\w+)"', self.pages["alerts"])[1]
        for name in ("calling", "calling again", "trial too often"):
            status = 429 if name == "trial too often" else 200
            self.keep(name, here.post(path, {"way": "call", "number": key}, follow=True), status)
        channel_jobs.send_trial(str(AlertTrial.objects.latest("asked_at").pk))
        body = Body.objects.latest("id")
        said = body.short.replace("{{link}}", "")
        self.pages["trial"] = f"<p>{body.subject}</p><p>{said}</p><p>{body.spoken}</p>"
        for rang in ("yes", "no"):
            self.keep(f"rang {rang}", here.post(path, {"rang": rang}, follow=True))
        self.often(through_pages, "MOST_LOOKS", "alerts too often", lambda: here.get(path), 429)
        self.keep("gone alerts", here.get("/m/gone/alerts"), 404)
        with recorded_batch("a test's end"):
            Equipment.objects.filter(pk=calls).delete()
            AlertTrial.objects.all().delete()

    def digest(self):
        text = Text("en", "Buses are late", "Buses are late by 20 minutes.")
        entry = Entry(text, "https://x.invalid/m/x", now(), "Ana Lopez")
        body = render_digest(self.language, "Cedar School District")
        fields = fields_of([entry], self.language) | {"link": "https://x.invalid/m/x"}
        self.pages["digest"] = "".join(f"<p>{fill(part, fields)}</p>" for part in (body.subject, body.text, body.html))
        mailing = Mailing.objects.get(about__startswith="notice:")
        with recorded_batch("a test's waiting"):
            row = Delivery.objects.filter(mailing=mailing, channel="email").latest("id")
            waiting = Batch.objects.create(mailing=mailing, channel="email", size=1, state="digest")
            Delivery.objects.filter(pk=row.pk).update(batch=waiting, state=0)
        here, path = self.browser(), f"/m/{self.token}/contacts"
        here.post(path, {"what": "mail", "mail": "daily"})
        self.keep("what waited comes now", here.post(path, {"what": "mail", "mail": "now"}))
        with recorded_batch("a test's sending"):
            Delivery.objects.filter(pk=row.pk).update(state=SENT)

    def known(self, path):
        here, actor = self.browser(), system_actor(acting_district())
        here.cookies[DEVICE] = f"{acting_district()}.{families.begin_device(actor, self.family.mother, '', 'code')}"
        self.keep("contacts of who is known", here.get(path))
        self.keep("taken out", here.post(path, {"what": "remove", "old": "… 0777"}))
        with recorded_batch("a test's only address"):
            Person.objects.filter(pk=self.family.mother).update(email="")
        self.keep("only address", here.post(path, {"what": "remove", "old": "… 0101"}))
        with recorded_batch("a test's addresses"):
            Person.objects.filter(pk=self.family.mother).update(email=MAIL)

    def own_link(self):
        mother = self.family.mother
        with recorded_batch("a test's link"):
            ContactLink.objects.all().delete()
            link = ContactLink.objects.create(person_id=mother, bad_address=NUMBER, channel="email", address=MAIL,
                                              language=self.language, sent_on=now().date())  # fmt: skip
        channel_jobs.send_contact_link(str(link.pk))
        body, row = Body.objects.latest("id"), Recipient.objects.latest("id")
        self.pages["own link"] = f"<p>{body.subject}</p><p>{body.short.replace('{{link}}', '')}</p>"
        self.keep("contacts without a message", self.browser().get(f"/m/{row.token}/contacts"))


@pytest.fixture
def walk(client_as, family, other_district, monkeypatch):
    """`walk(language)`: pages by name, for a family that reads it."""
    notice = send(client_as("principal", family.site), family, options=["Home", "Elsewhere"])
    jobs.send(str(notice.pk))
    token = Recipient.objects.get().token
    with recorded_batch("a test's father"):
        ben = Person.objects.create(kind="guardian", given="Ben", family="Lopez", phones=[NUMBER])
        Guardianship.objects.create(student_id=family.student, guardian=ben, relation="parent")

    def go(language):
        limits.cache.clear()
        with recorded_batch("a test's language"):
            Person.objects.filter(kind="guardian").update(language=language)
            Recipient.objects.update(language=language)
            Preference.objects.all().delete()
            ContactChange.objects.all().delete()
            AlertCard.objects.all().delete()
            FamilyDevice.objects.all().delete()
            Delivery.objects.exclude(mailing__about__startswith="notice:").update(to="x")
        found = Walk(language, family, token, monkeypatch)
        found.message()
        found.contacts()
        found.through()
        with recorded_batch("a test's language"):
            ContactChange.objects.all().delete()
            Preference.objects.all().delete()
        found.devices(found.sign_in())
        return found.pages

    return go


def test_nothing_that_families_read_is_left_in_english(walk):
    english = {name: Said(page).texts for name, page in walk("en").items()}
    assert len(english) > 50 and all(english.values())
    left: dict[str, set[str]] = {}
    for language in OTHERS:
        pages = walk(language)
        assert pages.keys() == english.keys()
        for name, page in pages.items():
            texts = Said(page).texts - NAMES
            for text in (texts & english[name] - SAME.get(language, set())) | set(filter(is_english, texts)):
                left.setdefault(text, set()).add(f"{name} in {language}")
            if page.startswith("<!doctype"):
                turned = "rtl" if language == "ar" else "ltr"
                assert f'<html lang="{language}" dir="{turned}"' in page, f"{name} in {language}"
    assert not left


def test_the_language_is_asked_for_one_s_own_kept_recorded_or_the_browser_s(client_as, family):
    notice = send(client_as("principal", family.site), family)
    jobs.send(str(notice.pk))
    token = Recipient.objects.get().token
    browser = Client(headers={"accept-language": "tlh, fr-CA;q=0.8, vi;q=0.5"})

    def reads(path):
        return re.search(r'<html lang="(\w+)"', browser.get(path).content.decode())[1]

    assert reads("/family/sign-in") == "fr", "the first that we have"
    assert reads(f"/m/{token}") == "es", "as the school has it"
    assert reads("/family/sign-in?lang=so") == reads("/family/sign-in") == "so", "this browser keeps it"
    assert browser.cookies[COOKIE].value == "so" and browser.cookies[COOKIE]["httponly"]
    assert reads("/family/sign-in?language=tlh") == "so" and reads(f"/m/{token}") == "so"
    with recorded_batch("a test's wish"):
        Preference.objects.create(person_id=family.mother, language="sw")
    assert reads(f"/m/{token}") == reads(f"/m/{token}/contacts") == "sw", "their own wish goes before"
    assert reads(f"/m/{token}/contacts?language=ar") == "ar" and reads("/m/gone") == "ar"
    page = browser.get("/family/sign-in?district=cedar").content.decode()
    assert all(f"?district=cedar&amp;language={code}" in page for code in LANGUAGES), "each can be chosen on the page"


def test_a_link_speaks_as_its_reader_wants(family, district):
    def spoken(language=""):
        family_jobs.send_link("email", MAIL, language)
        return Body.objects.latest("id").language

    assert spoken() == "es", "as the school has it"
    assert spoken("vi") == "vi", "as they asked for it"
    with recorded_batch("a test's wish"):
        Preference.objects.create(person_id=family.mother, language="zh")
    assert spoken("vi") == "zh", "as they once chose"

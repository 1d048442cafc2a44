"""Alerts on one's own devices: kept, removed, forgotten when their push host says they are gone."""

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage

from watchbell.district.accounts import actions, inbox, pages, queries
from watchbell.district.accounts.models import PushSubscription
from watchbell.kernel.models import AuditRow
from watchbell.line import clock
from watchbell.line.errors import NotFound, Refused
from watchbell.wire.base import encode
from watchbell.wire.order import Endpoint, Order, Receipt

HOST = "https://push.example.invalid/one"


@pytest.fixture
def ask(committed_db, actor, rf):
    def get(view, post=None, who=actor, **kwargs):
        request = rf.get("/") if post is None else rf.post("/", post)
        request.actor, request.session = who, {}
        request._messages = FallbackStorage(request)
        return view(request, **kwargs)

    return get


def receipt(actor, gone):
    order = Order(
        id="o", attempt=1, press="p", district=str(actor.district), site="s", step="t", action="push_staff",
        mode="real",
        endpoint=Endpoint(id="e", name="phones", gateway="webpush", device="d"), made_at=1.0, expires_at=2.0,
        deadline_seconds=5.0,
    )  # fmt: skip
    return encode(
        Receipt(order=order, state="done", because="", at=clock.unix(), by="gateway/webpush", detail={"gone": gone})
    )


def test_a_device_is_kept_listed_and_removed(ask, actor):
    form = {"endpoint": HOST, "p256dh": "key", "auth": "secret"}
    assert ask(pages.keep_device, form).status_code == 204
    assert ask(pages.keep_device, form).status_code == 204 and PushSubscription.objects.count() == 1
    page = ask(pages.devices_page).content
    assert b"push.example.invalid" in page and b"data-push=" in page and b"secret" not in page
    assert ask(pages.remove_device, {}, subscription_id=queries.devices_of(actor).get().id).status_code == 302
    assert not PushSubscription.objects.exists()
    assert AuditRow.objects.filter(action__contains="push_subscription").count() == 3


@pytest.mark.parametrize("form", [{}, {"endpoint": "http://elsewhere"}, {"endpoint": HOST, "p256dh": "", "auth": ""}])
def test_what_is_no_subscription_is_refused_in_words(ask, form):
    answer = ask(pages.keep_device, form)
    assert answer.status_code == 422 and len(answer.content) > 20


def test_nobody_removes_the_device_of_another(ask, actor, actor_as):
    actions.keep_subscription(actor, HOST, "key", "secret")
    with pytest.raises(NotFound):
        actions.remove_subscription(actor_as("it"), PushSubscription.objects.get().id)


def test_devices_that_are_gone_are_forgotten(ask, actor):
    for number in range(3):
        actions.keep_subscription(actor, f"{HOST}/{number}", "key", "secret")
    kept, *gone = (str(pk) for pk in PushSubscription.objects.values_list("id", flat=True))
    inbox.take_receipts([receipt(actor, gone), b"{", receipt(actor, [])])
    assert [str(one.id) for one in PushSubscription.objects.all()] == [kept]


def test_an_address_that_is_no_push_host_is_refused(ask, actor):
    with pytest.raises(Refused):
        actions.keep_subscription(actor, "javascript:alert(1)", "key", "secret")

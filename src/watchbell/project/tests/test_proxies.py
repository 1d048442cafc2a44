"""Who is asking, behind a proxy and without one."""

import pytest
from django.http import HttpResponse

from watchbell.project.middleware import KnowsProxies


@pytest.mark.parametrize(
    ("trusted", "remote", "told", "seen"),
    [
        ("", "10.0.0.2", "203.0.113.9", "10.0.0.2"),
        ("10.0.0.0/8", "10.0.0.2", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.2", "10.0.0.2", "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.2, 10.0.0.3", "10.0.0.2", "203.0.113.9, 10.0.0.3", "203.0.113.9"),
        ("10.0.0.2", "198.51.100.7", "203.0.113.9", "198.51.100.7"),
        ("10.0.0.2", "10.0.0.2", "", "10.0.0.2"),
        ("::1", "::1", "2001:db8::5", "2001:db8::5"),
    ],
)
def test_only_a_trusted_proxys_word_is_taken(rf, monkeypatch, trusted, remote, told, seen):
    monkeypatch.setenv("WATCHBELL_TRUSTED_PROXIES", trusted)
    found = []

    def page(request):
        found.append(request.META["REMOTE_ADDR"])
        return HttpResponse()

    request = rf.get("/", headers={"x-forwarded-for": told} if told else {}, REMOTE_ADDR=remote)
    KnowsProxies(page)(request)
    assert found == [seen]

"""`watchbell token`: whose, with which rights, for how long."""

import argparse
import asyncio
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client

from watchbell.district.accounts.models import ApiToken
from watchbell.kernel.models import AuditRow
from watchbell.line import clock
from watchbell.line.errors import Refused
from watchbell.project import cli, duties, tokens


def token(actor, *more):
    """What the command prints, read as the command line reads it."""
    given = cli.parser().parse_args(["token", "--user", f"{actor.role}@cedar.invalid", "--name", "Sync", *more])
    assert isinstance(given, argparse.Namespace)
    return duties.print_token(given)


@pytest.fixture
def it(committed_db, actor_as):
    return actor_as("it")


def test_without_more_words_it_has_the_persons_rights_for_ninety_days(it, capsys):
    assert token(it) == 0
    row = ApiToken.objects.get()
    assert row.permissions == [] and timedelta(days=89) < row.expires_at - clock.now() < timedelta(days=91)
    assert capsys.readouterr().out.startswith("wb_")


def test_scope_and_days_narrow_it(it, capsys):
    token(it, "--scope", "people.import", "--scope", "sites.view,plans.view", "--days", "7")
    row = ApiToken.objects.get()
    assert row.permissions == ["people.import", "plans.view", "sites.view"]
    assert timedelta(days=6) < row.expires_at - clock.now() < timedelta(days=8)
    headers = {"authorization": f"Bearer {capsys.readouterr().out.strip()}"}
    assert Client().get("/api/v1/sites", headers=headers).status_code == 200
    assert Client().get("/api/v1/people", headers=headers).status_code == 403
    assert AuditRow.objects.get(action="accounts.make_token").details["scope"] == row.permissions


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (("--scope", "incidents.all_clear"), "no right to incidents.all_clear"), (("--scope", "dance"), "dance"),
        (("--days", "0"), "1 to 366"), (("--days", "367"), "1 to 366"), (("--days", "-5"), "1 to 366"),
    ],
)  # fmt: skip
def test_more_than_the_person_may_is_refused_and_nothing_is_made(it, more, why):
    with pytest.raises(Refused, match=why):
        token(it, *more)
    assert not ApiToken.objects.exists()


def test_a_token_without_the_right_to_press_presses_nothing_with_the_database_away(it, capsys, monkeypatch):
    def away(token):
        raise OperationalError

    monkeypatch.setattr(tokens, "_look_up", away)
    for scope, modes in (("people.import", []), ("alarms.raise", ["real"])):
        token(it, "--scope", scope)
        assert asyncio.run(tokens.claims_of(capsys.readouterr().out.strip()))["modes"] == modes

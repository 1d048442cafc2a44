"""What everybody may see of notices: all of it, and one by itself without building the others."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from watchbell.communication.notices import queries
from watchbell.communication.notices.models import Notice, NoticeText
from watchbell.district.sites.tests.builders import build_site
from watchbell.kernel.changes import recorded_batch
from watchbell.line import clock

pytestmark = pytest.mark.usefixtures("committed_db", "district")


def make_notices(count: int, **words: Any) -> list[UUID]:
    """So many notices that are out, each in two versions of two languages."""
    known = Notice.objects.count()
    fields: dict[str, Any] = {"purpose": "routine", "state": "sent", "is_public": True, "made_name": "A", **words}
    with recorded_batch("a test"):
        rows = Notice.objects.bulk_create(
            Notice(number=known + one, title=f"Notice {one}", sent_at=clock.now() - timedelta(minutes=one), **fields)
            for one in range(count)
        )
        NoticeText.objects.bulk_create(
            NoticeText(notice=row, language=language, version=version, position=place, title=f"{row.title} {language}",
                       short=f"Version {version}")
            for row in rows for version in (0, 1) for place, language in enumerate(("en", "es"))
        )  # fmt: skip
    return [row.pk for row in rows]


def statements(notice: UUID) -> list[str]:
    """What asking for one notice reads."""
    with CaptureQueriesContext(connection) as asked:
        queries.public_notice(notice)
    return [one["sql"] for one in asked.captured_queries if one["sql"].startswith("SELECT")]


def test_one_notice_takes_two_statements_however_many_there_are() -> None:
    made = make_notices(400, sites=[str(build_site("BIR"))])
    assert len(told := statements(made[250])) == 2, told
    found = queries.public_notice(made[250])
    assert found is not None and found.sites == ("Test BIR",)
    assert found == next(one for one in queries.public_notices(1000) if one.id == made[250])
    assert found.short == "Version 1" and list(found.texts) == ["en", "es"]
    assert len(told := statements(make_notices(1)[0])) == 1, told


@pytest.mark.parametrize(
    "words", [{"is_public": False}, {"mode": "drill"}, {"mode": "test"}, {"state": "draft"}, {"state": "asked"}]
)
def test_what_is_not_for_everybody_is_not_found(words: dict[str, Any]) -> None:
    (made,) = make_notices(1, **words)
    assert queries.public_notice(made) is None and queries.public_notices() == []


def test_another_district_s_notice_is_not_found(other_district: Any, act_in: Any) -> None:
    with act_in(other_district):
        (made,) = make_notices(1)
        assert queries.public_notice(made) is not None
    assert queries.public_notice(made) is None

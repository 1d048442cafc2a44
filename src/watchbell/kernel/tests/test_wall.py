"""The wall between districts, as PostgreSQL keeps it for the application's own role."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from django.test.utils import CaptureQueriesContext

from watchbell.kernel.acting import acting_in
from watchbell.kernel.changes import record_look, recorded_batch, recorded_change
from watchbell.kernel.models import Announcement, AuditRow, Reaction
from watchbell.line import clock


def _put(name: str) -> None:
    with recorded_batch("test"):
        Announcement.objects.create(name=name, body={})


def test_the_tests_run_as_the_application(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select rolname, rolsuper, rolbypassrls from pg_roles where rolname = current_user")
        assert cursor.fetchone() == ("watchbell_app", False, False)


def test_a_district_sees_its_own_rows_only(district: Any, other_district: Any, act_in: Any) -> None:
    _put("ours")
    with act_in(other_district):
        assert not Announcement.objects.exists()
        _put("theirs")
        assert [row.name for row in Announcement.objects.all()] == ["theirs"]
    assert [row.name for row in Announcement.objects.all()] == ["ours"]


def test_without_a_district_there_are_no_rows(committed_db: None, district: Any) -> None:
    _put("ours")
    assert Announcement.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('app.district', true)")
        assert cursor.fetchone()[0] == str(district.id)
    connection.close()


def test_nothing_is_seen_unless_somebody_acts(committed_db: None, make_district: Any) -> None:
    district = make_district("cedar")
    with acting_in(district.id):
        _put("ours")
        assert Announcement.objects.count() == 1
    assert not Announcement.objects.exists()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select count(*) from kernel_announcement")
        assert cursor.fetchone() == (0,)
        cursor.execute("select current_setting('app.district', true)")
        assert not cursor.fetchone()[0], "the setting ended with the transaction it was made for"


def test_a_foreign_row_cannot_be_written(committed_db: None, district: Any, other_district: Any) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), recorded_batch("test"):
        Announcement.objects.create(name="foreign", body={}, district_id=other_district.id)
    with acting_in(other_district.id):
        _put("theirs")
    with recorded_batch("test"):
        assert Announcement.objects.all().delete() == (0, {})
        assert Announcement.objects.update(name="taken") == 0


def test_a_row_cannot_be_moved_to_another_district(committed_db: None, district: Any, other_district: Any) -> None:
    _put("ours")
    with pytest.raises(ProgrammingError, match="row-level security"), recorded_batch("test"):
        Announcement.objects.update(district_id=other_district.id)


def test_a_tenant_row_needs_a_district(db: None) -> None:
    with pytest.raises(RuntimeError, match="acting_in"):
        Announcement(name="nowhere", body={})


def test_an_action_names_its_own_district(
    committed_db: None, district: Any, other_district: Any, make_actor: Any
) -> None:
    there = make_actor(other_district, "director")
    with recorded_change(there, "test.put"):
        Announcement.objects.create(name="theirs", body={})
    assert not Announcement.objects.exists()
    with acting_in(other_district.id):
        assert Announcement.objects.get().district_id == other_district.id


def test_a_superuser_sees_what_the_application_does_not(behind_the_wall: Any, make_district: Any) -> None:
    for code in ("cedar", "birch"):
        with acting_in(make_district(code).id):
            _put(code)
    assert not Announcement.objects.exists()
    assert behind_the_wall.execute("select count(*) from kernel_announcement").fetchone() == (2,)


def test_a_transaction_that_changes_its_district_names_each_anew(
    committed_db: None, district: Any, other_district: Any, make_actor: Any
) -> None:
    here, there = make_actor(district, "director"), make_actor(other_district, "director")

    def acting() -> str:
        with connection.cursor() as cursor:
            cursor.execute("select current_setting('app.district', true)")
            return str(cursor.fetchone()[0])

    with transaction.atomic():
        assert acting() == str(district.id)
        for actor in (here, there, here):  # the first is what BEGIN said and costs nothing
            with recorded_batch("test", actor):
                assert acting() == str(actor.district)
        with pytest.raises(RuntimeError), recorded_batch("test", there):
            raise RuntimeError
        with recorded_batch("test", here):
            assert acting() == str(district.id)
    with acting_in(other_district.id), transaction.atomic(), recorded_batch("test", there):
        assert acting() == str(other_district.id)


def test_a_look_is_one_statement_and_says_who_looked(committed_db: None, district: Any, make_actor: Any) -> None:
    actor = make_actor(district, "director")
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        record_look(actor, "test.look", "something", "why")
    row = AuditRow.objects.get(action="test.look")
    assert (row.actor_id, row.district_id, row.target) == (actor.user_id, district.id, "something")
    assert [one["sql"][:6] for one in asked.captured_queries] == ["INSERT"]


@pytest.mark.parametrize("count", [1, 51, 200])
def test_many_rows_at_once_point_inside_or_none_is_written(
    committed_db: None, district: Any, other_district: Any, count: int
) -> None:
    with acting_in(other_district.id):
        _put("theirs")
        theirs = Announcement.objects.get().pk
    _put("ours")
    ours = Announcement.objects.get().pk
    rows = [Reaction(announcement_id=ours, name=str(at), lease_until=clock.now()) for at in range(count)]
    with recorded_batch("test"):
        Reaction.objects.bulk_create(rows)
    rows = [Reaction(announcement_id=ours, name=str(at), lease_until=clock.now()) for at in range(count)]
    rows[count // 2].announcement_id = theirs
    with pytest.raises(IntegrityError, match="points outside its district"), recorded_batch("test"):
        Reaction.objects.bulk_create(rows)
    assert Reaction.objects.count() == count

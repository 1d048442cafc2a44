"""For every tenant table: the application, acting in one district, neither sees nor touches a row of another."""

import threading
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from tests.tenancy.conftest import Two
from watchbell.kernel.acting import acting_in
from watchbell.kernel.changes import recorded_batch
from watchbell.kernel.tenancy import tenant_models


def _rows(two: Two, table: str, district: Any) -> list[Any]:
    """As a superuser sees them."""
    found = two.behind.execute(f'select md5(t::text) from "{table}" t where district_id = %s order by 1', [district.id])
    return list(found.fetchall())


def _all(two: Two, district: Any) -> dict[str, list[Any]]:
    return {model._meta.db_table: _rows(two, model._meta.db_table, district) for model in tenant_models()}


def test_no_table_is_seen_across_the_wall(two: Two) -> None:
    assert len(tenant_models()) > 30
    for model in tenant_models():
        table = model._meta.db_table
        assert _rows(two, table, two.cedar) and _rows(two, table, two.birch), f"{table} is not filled"
        with acting_in(two.cedar.id), connection.cursor() as cursor:
            cursor.execute(f'select count(*), count(*) filter (where district_id <> %s) from "{table}"', [two.cedar.id])
            seen, foreign = cursor.fetchone()
            assert seen == len(_rows(two, table, two.cedar)) and foreign == 0, table
            cursor.execute(f'select count(*) from "{table}" where district_id = %s', [two.birch.id])
            assert cursor.fetchone() == (0,), table


def test_no_row_is_changed_or_deleted_across_the_wall(two: Two) -> None:
    before = _all(two, two.birch)
    for model in tenant_models():
        table = model._meta.db_table
        for statement in (
            f'update "{table}" set id = id where district_id = %s',
            f'delete from "{table}" where district_id = %s',
        ):
            with acting_in(two.cedar.id), recorded_batch("test"), connection.cursor() as cursor:
                cursor.execute(statement, [two.birch.id])
                assert cursor.rowcount == 0, statement
    assert _all(two, two.birch) == before


def test_no_row_is_written_into_or_moved_to_another_district(two: Two) -> None:
    before = _all(two, two.birch)
    for model in tenant_models():
        table = model._meta.db_table
        columns = ", ".join(
            f'"{field.column}"' for field in model._meta.concrete_fields if field.column != "district_id"
        )
        copied = columns.replace('"id"', "gen_random_uuid()", 1) if '"id"' in columns else columns
        for statement in (
            f'insert into "{table}" (district_id, {columns}) select %s, {copied} from "{table}" limit 1',
            f'update "{table}" set district_id = %s',
        ):
            with pytest.raises(ProgrammingError, match="row-level security"):
                with acting_in(two.cedar.id), recorded_batch("test"), connection.cursor() as cursor:
                    cursor.execute(statement, [two.birch.id])
                pytest.fail(f"it went through: {statement}")
    assert _all(two, two.birch) == before


def test_the_application_cannot_take_the_wall_down(two: Two) -> None:
    for model in tenant_models():
        table = model._meta.db_table
        for statement in (
            f'alter table "{table}" disable row level security', f'alter table "{table}" no force row level security',
            f'drop policy tenant on "{table}"', f'truncate "{table}"',
        ):  # fmt: skip
            with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
    for statement in ("set role postgres", "set role watchbell_owner", "set session authorization postgres"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_pooled_connection_forgets_the_district_with_its_transaction(two: Two) -> None:
    backend = connection.cursor().connection.info.backend_pid

    def look() -> tuple[int, str]:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select count(*), coalesce(current_setting('app.district', true), '') from sites_site")
            return cursor.fetchone()

    with acting_in(two.cedar.id):
        assert look() == (1, str(two.cedar.id))
    assert look() == (0, ""), "after a commit"
    with acting_in(two.cedar.id), pytest.raises(ZeroDivisionError), transaction.atomic():
        list(connection.cursor().execute("select 1"))
        raise ZeroDivisionError
    assert look() == (0, ""), "after a rollback"
    with acting_in(two.cedar.id), connection.cursor() as cursor:
        cursor.execute("select count(*) from sites_site")
        assert cursor.fetchone() == (1,), "a single statement has it"
    assert look() == (0, ""), "after a single statement"
    with acting_in(two.birch.id):
        assert look() == (1, str(two.birch.id))
    assert connection.cursor().connection.info.backend_pid == backend, "all on one connection"


def test_threads_do_not_share_a_district(two: Two) -> None:
    seen: dict[str, int] = {}
    together = threading.Barrier(2)

    def work(name: str, district: Any) -> None:
        with acting_in(district.id), transaction.atomic():
            together.wait(5)
            with connection.cursor() as cursor:
                cursor.execute("select count(*) from sites_site where district_id = %s", [district.id])
                seen[name] = cursor.fetchone()[0]
        connection.close()

    threads = [threading.Thread(target=work, args=(d.code, d)) for d in (two.cedar, two.birch)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert seen == {"cedar": 1, "birch": 1}


def test_the_claim_of_reactions_gives_numbers_only(two: Two) -> None:
    two.behind.execute("update kernel_reaction set state = 'waiting', lease_until = now() - interval '1 minute'")
    with connection.cursor() as cursor:
        cursor.execute("select * from claim_reactions(100, 3, clock_timestamp())")
        assert [column.name for column in cursor.description] == ["district", "reaction"]
        assert {row[0] for row in cursor.fetchall()} == {two.cedar.id, two.birch.id}
        cursor.execute("select count(*) from kernel_reaction")
        assert cursor.fetchone() == (0,)


def test_only_the_listed_tables_are_shared(two: Two) -> None:
    assert isinstance(two.behind, psycopg.Connection)
    found = two.behind.execute(
        "select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
        " and not relrowsecurity"
    ).fetchall()
    walled = {model._meta.db_table for model in tenant_models()}
    assert not walled & {row[0] for row in found}
    with_district = two.behind.execute(
        "select table_name from information_schema.columns"
        " where column_name = 'district_id' and table_schema = 'public'"
    ).fetchall()
    unwalled = {row[0] for row in with_district} - walled
    assert unwalled <= {"accounts_user_districts", "accounts_apitoken"}, unwalled

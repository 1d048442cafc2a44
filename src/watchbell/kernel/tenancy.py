"""Every tenant table carries its district; PostgreSQL row-level security is the wall, the query is only the door."""

from typing import Any

from django.apps import apps
from django.db import connections, models

from watchbell.kernel.acting import acting_district
from watchbell.line.ids import new_id

APP_ROLE = "watchbell_app"
#: Tables without a district: identities, agencies, districts, and Django's, allauth's and procrastinate's own.
SHARED_APPS = frozenset(
    {"account", "auth", "contenttypes", "mfa", "procrastinate", "sessions", "usersessions", "socialaccount"}
)
SHARED_MODELS = frozenset(
    {
        "accounts.User",
        "accounts.User_districts",
        "accounts.User_groups",
        "accounts.User_user_permissions",
        "accounts.ApiToken",
        "accounts.Agency",
        "kernel.District",
        "kernel.SchemaNote",
    }
)


def _acting_or_fail() -> Any:
    district = acting_district()
    if district is None:
        raise RuntimeError("A tenant row needs a district: enter acting_in(district) first.")
    return district


class TenantModel(models.Model):
    """A row that belongs to one district; the id sorts by time."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district = models.ForeignKey(
        "kernel.District", on_delete=models.CASCADE, editable=False, default=_acting_or_fail, related_name="+"
    )

    class Meta:
        abstract = True


def tenant_models() -> list[type[models.Model]]:
    """All models that live under row-level security."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed
        and not model._meta.proxy
        and model._meta.app_label not in SHARED_APPS
        and model._meta.label not in SHARED_MODELS
    ]


POLICY = """
alter table {table} enable row level security;
{force}
drop policy if exists tenant on {table};
create policy tenant on {table}
  using (district_id = (select nullif(current_setting('app.district', true), '')::uuid))
  with check (district_id = (select nullif(current_setting('app.district', true), '')::uuid));
grant select, insert, update, delete on {table} to {role};
"""
#: A foreign key is checked behind row-level security, so by itself it would take another district's row. It is checked
#: again as the writer sees it; inserts by statement, for bulk loads.
POINTS_INSIDE = """
create or replace function {table}_points_inside() returns trigger language plpgsql as $$
declare is_many boolean := (select count(*) > 50 from written); is_outside boolean;
begin
  {by_statement}
  return null;
end $$;
create or replace function {table}_row_points_inside() returns trigger language plpgsql as $$ begin
  {by_row}
  return null;
end $$;
drop trigger if exists points_inside on {table};
create trigger points_inside after insert on {table} referencing new table as written
  for each statement execute function {table}_points_inside();
drop trigger if exists row_points_inside on {table};
create trigger row_points_inside after update on {table}
  for each row when ({has_moved}) execute function {table}_row_points_inside();
"""
#: A session keeps the plan it made while a table was small, which looks into the index of districts: thousands of rows
#: are looked up by a plan of their own.
ALL_POINT_INSIDE = """if is_many then execute $look$select {outside}$look$ into is_outside;
  else is_outside := {outside}; end if;
  if is_outside then {told}; end if;"""
SOME_OUTSIDE = """exists (
    select 1 from (select distinct {column} as pointed from written where {column} is not null) w
    where (select t.{key} from {target} t where t.{key} = w.pointed) is null) -- no join: one look into the index a row
  """
ONE_POINTS_INSIDE = """if new.{column} is distinct from old.{column} and new.{column} is not null
    and not exists (select 1 from {target} t where t.{key} = new.{column}) then {told}; end if;"""
OUTSIDE = "points outside its district"
#: The lease sweeper's definer function reads these for all districts, as their owner.
UNFORCED = frozenset({"kernel_reaction"})


def _points_inside(model: type[models.Model]) -> str:
    """The triggers that keep the foreign keys of `model` inside the district; empty without such keys."""
    walled = set(tenant_models())
    keys = [
        (field.column, field.related_model._meta.db_table, field.target_field.column)
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model in walled
    ]
    if not keys:
        return ""
    table = model._meta.db_table
    refuse = f"raise exception '{table} {OUTSIDE}: %' using errcode = 'foreign_key_violation'"
    by_statement, by_row = [], []
    for column, target, key in keys:
        names = {"column": column, "target": target, "key": key, "told": refuse.replace("%'", f"{column}'")}
        by_statement.append(ALL_POINT_INSIDE.format(**names, outside=SOME_OUTSIDE.format(**names)))
        by_row.append(ONE_POINTS_INSIDE.format(**names))
    has_moved = " or ".join(f"old.{column} is distinct from new.{column}" for column, _, _ in keys)
    return POINTS_INSIDE.format(
        table=table, by_statement="\n  ".join(by_statement), by_row="\n  ".join(by_row), has_moved=has_moved
    )


def raise_walls(using: str = "default") -> None:
    """After migrating: policies on every tenant table, grants to the application's role. A table without a policy
    is not granted, so forgetting one means no access rather than too much."""
    statements = []
    for model in tenant_models():
        table = model._meta.db_table
        force = "" if table in UNFORCED else f"alter table {table} force row level security;"
        statements += [POLICY.format(table=table, role=APP_ROLE, force=force), _points_inside(model)]
    tenant_tables = {model._meta.db_table for model in tenant_models()}
    with connections[using].cursor() as cursor:
        cursor.execute(f"grant usage on schema public to {APP_ROLE}")
        cursor.execute("".join(statements))
        cursor.execute("select tablename from pg_tables where schemaname = 'public'")
        shared = [row[0] for row in cursor.fetchall() if row[0] not in tenant_tables]
        for table in shared:
            cursor.execute(f'grant select, insert, update, delete on "{table}" to {APP_ROLE}')
        cursor.execute(f"grant usage, select on all sequences in schema public to {APP_ROLE}")

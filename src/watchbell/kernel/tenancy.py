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
#: The lease sweeper's definer function reads these for all districts, as their owner.
UNFORCED = frozenset({"kernel_reaction"})


def raise_walls(using: str = "default") -> None:
    """After migrating: policies on every tenant table, grants to the application's role. A table without a policy
    is not granted, so forgetting one means no access rather than too much."""
    statements = []
    for model in tenant_models():
        table = model._meta.db_table
        force = "" if table in UNFORCED else f"alter table {table} force row level security;"
        statements.append(POLICY.format(table=table, role=APP_ROLE, force=force))
    tenant_tables = {model._meta.db_table for model in tenant_models()}
    with connections[using].cursor() as cursor:
        cursor.execute(f"grant usage on schema public to {APP_ROLE}")
        cursor.execute("".join(statements))
        cursor.execute("select tablename from pg_tables where schemaname = 'public'")
        shared = [row[0] for row in cursor.fetchall() if row[0] not in tenant_tables]
        for table in shared:
            cursor.execute(f'grant select, insert, update, delete on "{table}" to {APP_ROLE}')
        cursor.execute(f"grant usage, select on all sequences in schema public to {APP_ROLE}")

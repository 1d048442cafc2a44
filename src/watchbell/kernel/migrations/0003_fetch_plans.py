"""A worker that idled must not take a mass of new jobs with the plan it had made for an empty table."""

from django.db import migrations

#: PL/pgSQL keeps a plan after a few calls; the one for an empty queue compares every job with every other.
FRESH = """
do $$ declare found regprocedure; begin
  for found in select oid::regprocedure from pg_proc where proname like 'procrastinate_fetch_job%' loop
    execute format('alter function %s set plan_cache_mode = force_custom_plan', found);
  end loop;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0002_claim_reactions"), ("procrastinate", "0041_post_retry_failed_job")]
    operations = [migrations.RunSQL(FRESH, migrations.RunSQL.noop)]

"""The lease sweeper's one look over all districts: it learns (district, id) and nothing else."""

from django.db import migrations

CLAIM = """
create or replace function claim_reactions(most int, seconds double precision)
returns table (district uuid, reaction uuid) language sql security definer set search_path = public as $$
  update kernel_reaction set lease_until = clock_timestamp() + make_interval(secs => seconds), attempts = attempts + 1
  where id in (
    select id from kernel_reaction where state = 'waiting' and lease_until < clock_timestamp()
    order by lease_until limit most for update skip locked)
  returning district_id, id
$$;
revoke all on function claim_reactions(int, double precision) from public;
grant execute on function claim_reactions(int, double precision) to watchbell_app;
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]
    operations = [migrations.RunSQL(CLAIM, "drop function claim_reactions(int, double precision)")]

"""Claims of reactions go by the clock that leased them, which is the application's: never by the database's."""

from django.db import migrations

CLAIM = """
drop function claim_reactions(int, double precision);
create function claim_reactions(most int, seconds double precision, at timestamptz)
returns table (district uuid, reaction uuid) language sql security definer set search_path = public as $$
  update kernel_reaction set lease_until = at + make_interval(secs => seconds), attempts = attempts + 1
  where id in (
    select id from kernel_reaction where state = 'waiting' and lease_until <= at
    order by lease_until limit most for update skip locked)
  returning district_id, id
$$;
revoke all on function claim_reactions(int, double precision, timestamptz) from public;
grant execute on function claim_reactions(int, double precision, timestamptz) to watchbell_app;
"""


class Migration(migrations.Migration):
    dependencies = [("kernel", "0003_fetch_plans")]
    operations = [migrations.RunSQL(CLAIM, migrations.RunSQL.noop)]

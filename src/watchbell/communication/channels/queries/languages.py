"""Which languages an audience reads: as people chose, else as the records say."""

from collections import Counter

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from watchbell.communication.channels.models import Preference
from watchbell.district.people.facts import Asked
from watchbell.district.people.queries import people_at_home


def languages_read(asked: Asked) -> dict[str, int]:
    """{language ("vi", without its country): how many families have somebody who is told and reads it}. One query."""
    chosen = Preference.objects.filter(person=OuterRef("pk")).exclude(language="").values("language")[:1]
    rows = people_at_home(asked).annotate(reads=Coalesce(Subquery(chosen), "language"))
    found: Counter[str] = Counter()
    for language, count in rows.values_list("reads").annotate(n=Count("home", distinct=True)):
        found[(language or "en").split("-")[0].lower()] += count
    return dict(found)

"""Which languages an audience reads: as people chose, else as the records say."""

from collections import Counter

from django.db.models import Count, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from watchbell.communication.channels.models import Preference
from watchbell.district.people.facts import Asked
from watchbell.district.people.queries import people_at_home


def count_by_language(asked: Asked) -> tuple[dict[str, int], dict[str, int]]:
    """({"people", "families"} an audience means, {language ("vi", without its country): how many families read it}).

    A family reads what somebody of it reads who is told. One query.
    """
    chosen = Preference.objects.filter(person=OuterRef("pk")).exclude(language="").values("language")[:1]
    told = people_at_home(asked)
    homes = told.annotate(all=Value(1)).values("all").annotate(n=Count("home", distinct=True)).values("n")
    rows = told.annotate(reads=Coalesce(Subquery(chosen), "language")).values_list("reads")
    found: Counter[str] = Counter()
    people = families = 0
    for language, here, count, total in rows.annotate(
        n=Count("home", distinct=True), people=Count("id"), total=Subquery(homes)
    ):
        found[(language or "en").split("-")[0].lower()] += here
        people, families = people + count, total
    return {"people": people, "families": families}, dict(found)

"""Tables of people, their households and families, and the classes they belong to."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from watchbell.district.people.facts import ENROLMENT_ROLES, PERSON_KINDS, RELATIONS, RUNS, STATUSES
from watchbell.kernel.tenancy import TenantModel


class Sourced(TenantModel):
    """A row that may come from a student information system, under the identifier it has there.

    source: which system said so; a bulk roster withdraws only what the same system had said before.
    """

    sourced_id = models.CharField(max_length=255, blank=True)
    source = models.CharField(max_length=100, blank=True)
    source_modified_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=list(STATUSES.items()), default="active")

    class Meta:
        abstract = True


class Person(Sourced):
    """A student, a member of staff, a guardian. phones: E.164 or as given. site, homeroom: where to look first.

    skills: what they are trained for, as facts.SKILLS names it.
    """

    kind = models.CharField(max_length=10, choices=list(PERSON_KINDS.items()))
    given = models.CharField(max_length=100)
    family = models.CharField(max_length=100)
    middle = models.CharField(max_length=100, blank=True)
    preferred = models.CharField(max_length=100, blank=True)
    pronouns = models.CharField(max_length=60, blank=True)
    number = models.CharField(max_length=60, blank=True)
    username = models.CharField(max_length=255, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phones = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    title = models.CharField(max_length=120, blank=True)
    skills = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    grade = models.CharField(max_length=10, blank=True)
    language = models.CharField(max_length=16, default="en")
    site = models.ForeignKey("sites.Site", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    homeroom = models.ForeignKey("sites.Place", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    user_id = models.UUIDField(null=True, blank=True)
    photo = models.CharField(max_length=255, null=True, blank=True)
    born_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["family", "given", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "sourced_id"], condition=~models.Q(sourced_id=""), name="person_sourced_once"
            )
        ]
        indexes = [
            models.Index(fields=["district", "family", "given", "id"], name="person_by_name"),
            models.Index(fields=["district", "site", "kind"], name="person_by_site"),
            models.Index(fields=["district", "homeroom"], name="person_by_room"),
            models.Index(
                fields=["district", "user_id"], name="person_by_user", condition=models.Q(user_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.preferred or self.given} {self.family}"


class Household(TenantModel):
    """People at one address, told once and in one language."""

    name = models.CharField(max_length=120)
    address = models.CharField(max_length=255, blank=True)
    language = models.CharField(max_length=16, default="en")

    def __str__(self) -> str:
        return self.name


class Membership(TenantModel):
    """A person lives in a household; a child of two homes has two."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    is_main = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["household", "person"], name="household_member_once")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.household_id}"


class Guardianship(TenantModel):
    """An adult is named as a student's contact. It says nothing about custody or who may collect the child.

    may_collect and lives_with stay unknown (null) until a person has recorded them from a paper that says so.
    """

    student = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="guardianships")
    guardian = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="wards")
    relation = models.CharField(max_length=12, choices=list(RELATIONS.items()), default="contact")
    priority = models.PositiveSmallIntegerField(default=1)
    may_collect = models.BooleanField(null=True, blank=True)
    lives_with = models.BooleanField(null=True, blank=True)
    note = models.CharField(max_length=255, blank=True)
    is_sourced = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=list(STATUSES.items()), default="active")

    class Meta:
        ordering = ["priority"]
        constraints = [
            models.UniqueConstraint(fields=["student", "guardian"], name="guardianship_once"),
            models.CheckConstraint(condition=~models.Q(student=models.F("guardian")), name="not_own_guardian"),
        ]

    def __str__(self) -> str:
        return f"{self.guardian_id} for {self.student_id}"


class Org(Sourced):
    """An organisation of the student information system; a school is tied to its site by code or by hand."""

    name = models.CharField(max_length=255)
    type = models.CharField(max_length=20)
    identifier = models.CharField(max_length=255, blank=True)
    parent_sourced_id = models.CharField(max_length=255, blank=True)
    site = models.ForeignKey("sites.Site", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["district", "sourced_id"], name="org_sourced_once")]

    def __str__(self) -> str:
        return self.name


class AcademicSession(Sourced):
    title = models.CharField(max_length=255)
    type = models.CharField(max_length=20)
    starts_on = models.DateField()
    ends_on = models.DateField()
    school_year = models.CharField(max_length=4, blank=True)
    parent_sourced_id = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ["starts_on"]
        constraints = [models.UniqueConstraint(fields=["district", "sourced_id"], name="session_sourced_once")]

    def __str__(self) -> str:
        return self.title


class Course(Sourced):
    title = models.CharField(max_length=255)
    code = models.CharField(max_length=100, blank=True)
    org = models.ForeignKey(Org, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["title"]
        constraints = [models.UniqueConstraint(fields=["district", "sourced_id"], name="course_sourced_once")]

    def __str__(self) -> str:
        return self.title


class SchoolClass(Sourced):
    """A class that meets. type: "homeroom" or "scheduled". place: the room, when its location could be matched."""

    title = models.CharField(max_length=255)
    code = models.CharField(max_length=100, blank=True)
    type = models.CharField(max_length=12, default="scheduled")
    location = models.CharField(max_length=255, blank=True)
    grades = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    periods = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    term_sourced_ids = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    course = models.ForeignKey(Course, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    org = models.ForeignKey(Org, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    site = models.ForeignKey("sites.Site", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    place = models.ForeignKey("sites.Place", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "sourced_id"], condition=~models.Q(sourced_id=""), name="class_sourced_once"
            )
        ]
        indexes = [models.Index(fields=["district", "place"], name="class_by_place")]

    def __str__(self) -> str:
        return self.title


class Enrolment(Sourced):
    school_class = models.ForeignKey(SchoolClass, on_delete=models.CASCADE, related_name="enrolments")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="enrolments")
    role = models.CharField(max_length=16, choices=list(ENROLMENT_ROLES.items()), default="student")
    is_primary = models.BooleanField(default=False)
    begins_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["district", "sourced_id"], condition=~models.Q(sourced_id=""), name="enrolment_sourced_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.school_class_id}"


class Ride(TenantModel):
    """A student rides a bus on one run of the day. bus: as facts.spell_bus writes it. stop: where they get on or off.

    A student may ride other buses in the afternoon than in the morning, and several on one run (two homes).
    is_sourced: a file said so; the next whole file ends it when it no longer does.
    """

    student = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="rides")
    bus = models.CharField(max_length=40)
    run = models.CharField(max_length=10, choices=list(RUNS.items()))
    stop = models.CharField(max_length=120, blank=True)
    is_sourced = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=list(STATUSES.items()), default="active")

    class Meta:
        ordering = ["run", "bus"]
        constraints = [models.UniqueConstraint(fields=["student", "bus", "run"], name="ride_once")]
        indexes = [models.Index(fields=["district", "bus", "run"], name="ride_by_bus")]

    def __str__(self) -> str:
        return f"{self.bus}, {self.run}"

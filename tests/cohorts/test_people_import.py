import csv
import io
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from accounts.models import User
from cohorts.importing.reader import read_table
from cohorts.importing.serialization import deserialize, serialize
from cohorts.models import Cohort, Membership, Organisation, PeopleFile, Sector
from cohorts.people_import import RowResult, import_people, plan_people
from tests.factories import MID_JANUARY
from tests.queries import CapturedQueries

DATA = Path(__file__).resolve().parent.parent / "data"
HEADINGS = (
    "Name",
    "Email",
    "Organisation",
    "Sector",
    "Job title",
    "Access or dietary needs",
    "Status",
)

Upload = Callable[..., PeopleFile]


@pytest.fixture
def upload(cohort: Cohort, facilitator: User) -> Upload:
    """A function that uploads a list: rows of cells under HEADINGS, or a file in tests/data."""

    def upload(rows: Iterable[Iterable[str]] | str, *, at: datetime = MID_JANUARY) -> PeopleFile:
        if isinstance(rows, str):
            name, content = rows, (DATA / rows).read_bytes()
        else:
            name, content = "list.csv", as_csv(rows)
        return PeopleFile.objects.upload(
            cohort=cohort, filename=name, table=read_table(content, name), by=facilitator, at=at
        )

    return upload


def as_csv(rows: Iterable[Iterable[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([HEADINGS, *rows])
    return buffer.getvalue().encode()


def person(number: int) -> tuple[str, ...]:
    return (
        f"Person{'abcdefghij'[number % 10]} Number",
        f"person{number}@example.org",
        f"Firm {number}",
        "Private",
    )


def results(people_file: PeopleFile) -> list[tuple[str, RowResult]]:
    return [(planned.row.name, planned.result) for planned in plan_people(people_file).rows]


def remarks(people_file: PeopleFile) -> tuple[str, ...]:
    (planned,) = plan_people(people_file).rows
    return planned.remarks


def state() -> tuple[object, ...]:
    """Return the rows that an import could change: users, organisations and memberships."""
    return (
        list(User.objects.order_by("pk").values("pk", "email", "name")),
        list(Organisation.objects.order_by("pk").values("pk", "name", "sector")),
        list(
            Membership.objects.order_by("pk").values(
                "pk", "user", "cohort", "role", "joined_at", "left_at"
            )
        ),
    )


def test_north_east_list_is_imported(upload: Upload, facilitator: User, cohort: Cohort) -> None:
    people_file = upload("north-east-attendees.csv")
    before = state()
    assert plan_people(people_file).counts == {
        RowResult.NEW: 23,
        RowResult.MERGED: 1,
        RowResult.CANCELLED: 1,
    }
    assert state() == before
    import_people(people_file, by=facilitator, at=MID_JANUARY)
    members = cohort.memberships.active().participating()
    assert members.count() == 23
    imogen = members.get(user__email="imogen.kesson@example.net")
    assert (imogen.user.name, imogen.job_title) == ("Imogen Åkesson", "Neighbourhood Officer")
    assert imogen.needs == "Nut allergy, and needs to leave by 12:45"
    assert imogen.organisation is not None
    assert (imogen.organisation.name, imogen.organisation.sector) == (
        "Riverside NHS Foundation Trust",
        "public",
    )
    assert (imogen.joined_at, imogen.added_by) == (MID_JANUARY, facilitator)
    assert not members.filter(user__email="hal.iyer@example.com").exists()


def test_essex_list_is_imported(upload: Upload, facilitator: User, cohort: Cohort) -> None:
    people_file = upload("essex-form-answers.xlsx")
    assert plan_people(people_file).counts == {RowResult.NEW: 20}
    import_people(people_file, by=facilitator, at=MID_JANUARY)
    sectors = dict(Organisation.objects.values_list("name", "sector"))
    assert sectors["Northfold Foodbank"] == Sector.VOLUNTARY  # "Community interest company"
    assert sectors["Beacon Academy Trust"] == Sector.PUBLIC  # "Local government"
    assert cohort.memberships.active().participating().count() == 20


@pytest.mark.parametrize("name", ["north-east-attendees.csv", "essex-form-answers.xlsx"])
def test_second_import_of_a_list_changes_nothing(
    upload: Upload, facilitator: User, name: str
) -> None:
    import_people(upload(name), by=facilitator, at=MID_JANUARY)
    before = state()
    again = upload(name, at=MID_JANUARY + timedelta(hours=1))
    assert not plan_people(again).coming
    import_people(again, by=facilitator, at=MID_JANUARY + timedelta(hours=1))
    assert state() == before


def test_second_confirmation_changes_nothing(upload: Upload, facilitator: User) -> None:
    people_file = upload([person(1), person(2)])
    first = import_people(people_file, by=facilitator, at=MID_JANUARY)
    before = state()
    second = import_people(people_file, by=facilitator, at=MID_JANUARY + timedelta(seconds=1))
    assert state() == before
    assert (second.confirmed_at, second.outcome) == (first.confirmed_at, {"new": 2})


def test_valid_rows_are_imported_despite_errors_in_others(
    upload: Upload, facilitator: User, cohort: Cohort
) -> None:
    people_file = upload([person(1), ("No Address", ""), ("Half Address", "half@"), person(2)])
    assert plan_people(people_file).counts == {RowResult.WRONG: 2, RowResult.NEW: 2}
    people_file = import_people(people_file, by=facilitator, at=MID_JANUARY)
    assert cohort.memberships.participating().count() == 2
    # The uploaded list is stored for another day, but only the rows that have errors.
    assert [row.cells[0] for row in people_file.table.rows] == ["No Address", "Half Address"]


def test_existing_member_is_unchanged(upload: Upload, participant: User) -> None:
    people_file = upload(
        [("Amina Ali", participant.email.upper(), "Elsewhere Ltd", "Private", "Owner", "Vegan")]
    )
    assert results(people_file) == [("Amina Ali", RowResult.KNOWN)]
    assert remarks(people_file) == (
        "The file has a different name, organisation, job title and access or dietary needs. "
        "What is already here doesn’t change.",
    )


def test_facilitator_in_the_list_stays_a_facilitator(
    upload: Upload, facilitator: User, cohort: Cohort
) -> None:
    people_file = upload([(facilitator.name, facilitator.email)])
    assert remarks(people_file) == ("Is a facilitator of this cohort.",)
    import_people(people_file, by=facilitator, at=MID_JANUARY)
    assert [member.role for member in cohort.memberships.all()] == [Membership.Role.FACILITATOR]


def test_existing_user_joins_with_the_same_account(
    upload: Upload, facilitator: User, outsider: User
) -> None:
    people_file = upload([("Oliver Grant", outsider.email)])
    assert results(people_file) == [("Oliver Grant", RowResult.JOINING)]
    assert remarks(people_file) == ("Their account’s name, Olly Grant, doesn’t change.",)
    import_people(people_file, by=facilitator, at=MID_JANUARY)
    assert outsider.memberships.get().joined_at == MID_JANUARY
    assert User.objects.get(email=outsider.email).name == "Olly Grant"


def test_former_member_gets_a_new_membership(
    upload: Upload, facilitator: User, participant: User
) -> None:
    first = participant.memberships.get()
    first.leave(by=facilitator, at=first.joined_at)
    people_file = upload([("Amina Rahman", participant.email)])
    assert results(people_file) == [("Amina Rahman", RowResult.RETURNING)]
    import_people(people_file, by=facilitator, at=first.joined_at + timedelta(days=1))
    assert [member.is_active for member in participant.memberships.order_by("pk")] == [False, True]


def test_cancelled_row_of_a_member_removes_nobody(
    upload: Upload, facilitator: User, participant: User
) -> None:
    people_file = upload([("Amina Rahman", participant.email, "", "", "", "", "Cancelled")])
    assert results(people_file) == [("Amina Rahman", RowResult.CANCELLED)]
    assert (
        remarks(people_file)[-1]
        == "They are already in the cohort, and stay in it until you remove them."
    )
    import_people(people_file, by=facilitator, at=MID_JANUARY)
    assert participant.memberships.get().is_active


def test_inactive_account_is_an_error(upload: Upload, outsider: User) -> None:
    User.objects.filter(pk=outsider.pk).update(is_active=False)
    people_file = upload([("Olly Grant", outsider.email)])
    assert results(people_file) == [("Olly Grant", RowResult.WRONG)]
    assert remarks(people_file) == (
        "This person’s account is closed. An administrator can open it again.",
    )


def test_sector_of_an_existing_organisation_is_unchanged(
    upload: Upload, facilitator: User, council: Organisation
) -> None:
    people_file = upload([("Dev Rahman", "dev@example.org", "TYNEWICK council.", "Private")])
    assert remarks(people_file) == (
        "The file says Private. TYNEWICK council. is already here as Public, which doesn’t change.",
    )
    import_people(people_file, by=facilitator, at=MID_JANUARY)
    council.refresh_from_db()
    assert (council.name, council.sector) == ("Tynewick Council", Sector.PUBLIC)
    assert Membership.objects.get(user__email="dev@example.org").organisation == council


def test_new_organisation_gets_the_first_sector_in_its_rows(
    upload: Upload, facilitator: User
) -> None:
    rows = [
        ("Ada One", "one@example.org", "Moor Trust", ""),
        ("Bea Two", "two@example.org", "Moor trust", "Charity"),
        ("Cal Three", "three@example.org", "MOOR TRUST", "Private"),
    ]
    people_file = upload(rows)
    assert plan_people(people_file).rows[2].remarks == (
        "The file says Private, but another row says Voluntary and community for MOOR TRUST.",
    )
    import_people(people_file, by=facilitator, at=MID_JANUARY)
    assert [(each.name, each.sector) for each in Organisation.objects.all()] == [
        ("Moor Trust", "voluntary")
    ]


def test_chosen_sectors_are_used_for_unknown_words(upload: Upload, facilitator: User) -> None:
    people_file = upload([("Ada One", "one@example.org", "Moor Trust", "Blue light")])
    (words,) = plan_people(people_file).sector_words
    assert (words.words, words.rows, words.sector) == ("Blue light", 1, None)
    people_file.sectors = {words.key: "public"}
    assert [each.sector for each in plan_people(people_file).sector_words] == ["public"]
    save_and_import(people_file, facilitator)
    assert Organisation.objects.get().sector == Sector.PUBLIC


def save_and_import(people_file: PeopleFile, by: User) -> None:
    people_file.save()
    import_people(people_file, by=by, at=MID_JANUARY)


def test_organisation_of_punctuation_only_is_ignored(upload: Upload, facilitator: User) -> None:
    import_people(
        upload([("Ada One", "one@example.org", "...", "Public")]), by=facilitator, at=MID_JANUARY
    )
    assert Membership.objects.get(user__email="one@example.org").organisation is None


def test_nul_and_bidirectional_controls_are_not_stored(upload: Upload, facilitator: User) -> None:
    import_people(
        upload([("Ada\x00 \u202eOne", "one@example.org", "Moor\x00 Trust")]),
        by=facilitator,
        at=MID_JANUARY,
    )
    member = Membership.objects.select_related("user", "organisation").get(
        user__email="one@example.org"
    )
    assert (member.user.name, str(member.organisation)) == ("Ada One", "Moor Trust")


def test_serialized_table_is_deserialized_unchanged() -> None:
    table = read_table((DATA / "essex-form-answers.xlsx").read_bytes(), "essex.xlsx")
    assert deserialize(serialize(table)) == table
    odd = read_table('Name,Email\n"A\x00\u202e",a@b.org\n'.encode(), "odd.csv")
    assert "\x00" not in serialize(odd)
    assert deserialize(serialize(odd)) == odd


def test_plan_makes_a_constant_number_of_queries(upload: Upload) -> None:
    counts = []
    for many in (1, 300):
        people_file = upload([person(number) for number in range(many)])
        with CapturedQueries() as queries:
            plan_people(people_file)
        counts.append(len(queries))
    assert counts == [3, 3]


def test_sector_in_the_list_replaces_other(upload: Upload, facilitator: User) -> None:
    for name, sector in (("Moor Trust", Sector.OTHER), ("Fell Ltd", Sector.PRIVATE)):
        Organisation.objects.create(name=name, name_key=name.lower(), sector=sector)
    people_file = upload(
        [
            ("Ada One", "ada@example.org", "Moor Trust", ""),
            ("Bea Two", "bea@example.org", "Moor Trust", "Charity"),
            ("Cai Tri", "cai@example.org", "Fell Ltd", "Public"),
        ]
    )
    becomes = "Moor Trust is here as Other, and becomes Voluntary and community, as the file says."
    planned = plan_people(people_file).rows
    assert [each.sector for each in planned] == ["voluntary", "voluntary", "private"]
    assert [each.remarks for each in planned[:2]] == [(becomes,), (becomes,)]

    import_people(people_file, by=facilitator, at=MID_JANUARY)

    assert dict(Organisation.objects.values_list("name", "sector")) == {
        "Moor Trust": "voluntary",
        "Fell Ltd": "private",
    }


def test_spellings_of_an_organisation_make_one(upload: Upload, facilitator: User) -> None:
    names = ("Men’s Shed & Friends", "Men's Shed and Friends", "MEN‘S SHED&FRIENDS.")
    people_file = upload(
        [(f"Ada {n}", f"ada{n}@example.org", name) for n, name in zip("ABC", names, strict=True)]
    )
    import_people(people_file, by=facilitator, at=MID_JANUARY)
    assert Organisation.objects.get().name == names[0]


def test_person_is_found_by_either_spelling_of_the_domain(
    upload: Upload, facilitator: User
) -> None:
    people_file = upload([("Anna Müller", "anna@bücher.example")])
    import_people(people_file, by=facilitator, at=MID_JANUARY)

    again = upload([("Anna Müller", "anna@xn--bcher-kva.example")])

    assert results(again) == [("Anna Müller", RowResult.KNOWN)]
    assert User.objects.with_email("Anna@XN--BCHER-KVA.example") == User.objects.get(
        name="Anna Müller"
    )


def test_row_with_the_name_of_somebody_without_address_adds_another_person(
    cohort: Cohort, facilitator: User, upload: Upload
) -> None:
    zoe = User.objects.create_user("", "Zoe Walker")
    Membership.objects.create(cohort=cohort, user=zoe)
    rows = [["Zoe Walker", "zoe@example.org"], ["Zoe Walker", ""]]
    people_file = upload([*row, "", "", "", "", ""] for row in rows)
    results = [planned.result for planned in plan_people(people_file).rows]
    assert results == [RowResult.NEW, RowResult.WRONG]
    import_people(people_file, by=facilitator, at=MID_JANUARY)
    addresses = cohort.memberships.participating().values_list("user__email", flat=True)
    assert list(addresses) == ["", "zoe@example.org"]

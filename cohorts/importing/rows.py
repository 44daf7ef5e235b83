"""A row of a list of people, after its cells have been assigned to fields."""

from dataclasses import dataclass, replace
from typing import Literal

from django.utils.translation import gettext_lazy

from cohorts.importing.addresses import MAX_ADDRESS_LENGTH
from cohorts.importing.column_names import Field

Status = Literal["ready", "cancelled", "wrong", "merged"]

MAX_LENGTHS: dict[Field, int] = {
    Field.NAME: 150,
    Field.EMAIL: MAX_ADDRESS_LENGTH,
    Field.ORGANISATION: 200,
    Field.SECTOR: 100,
    Field.JOB_TITLE: 200,
    Field.NEEDS: 500,
}
FIELD_NAMES = {
    Field.NAME: gettext_lazy("name"),
    Field.EMAIL: gettext_lazy("e-mail address"),
    Field.ORGANISATION: gettext_lazy("organisation"),
    Field.SECTOR: gettext_lazy("sector"),
    Field.JOB_TITLE: gettext_lazy("job title"),
    Field.NEEDS: gettext_lazy("access or dietary needs"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file.

    `reason` says why the row is not to be imported; otherwise it is empty. `number` and
    `merged_into` are numbers of rows as a spreadsheet shows them.
    """

    number: int
    name: str = ""
    email: str = ""
    organisation: str = ""
    sector: str | None = None
    sector_words: str = ""
    job_title: str = ""
    needs: str = ""
    status: Status = "ready"
    reason: str = ""
    merged_into: int | None = None
    notes: tuple[str, ...] = ()


def values_of(row: Row) -> dict[Field, str]:
    return {
        Field.NAME: row.name,
        Field.EMAIL: row.email,
        Field.ORGANISATION: row.organisation,
        Field.SECTOR: row.sector_words,
        Field.JOB_TITLE: row.job_title,
        Field.NEEDS: row.needs,
    }


def truncate(row: Row) -> Row:
    """Return the row with its texts cut to the maximum lengths, for rows that are not imported."""

    def cut(text: str, field: Field) -> str:
        return text if len(text) <= MAX_LENGTHS[field] else f"{text[: MAX_LENGTHS[field] - 1]}…"

    return replace(
        row,
        name=cut(row.name, Field.NAME),
        email=cut(row.email, Field.EMAIL),
        organisation=cut(row.organisation, Field.ORGANISATION),
        sector_words=cut(row.sector_words, Field.SECTOR),
        job_title=cut(row.job_title, Field.JOB_TITLE),
        needs=cut(row.needs, Field.NEEDS),
    )

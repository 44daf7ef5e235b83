"""Save a frozen report's figures as values, read for existing reports from their CSV."""

import csv
import io
import re

from django.db import migrations, models

# The labels of the CSV before this migration, and the keys of reports.rows.
LABELS = {
    ("Cohort", "Name"): "cohort.name",
    ("Cohort", "Programme"): "cohort.programme",
    ("Cohort", "Place"): "cohort.place",
    ("Cohort", "Workshops held"): "cohort.workshops-held",
    ("Attendance", "Attendance"): "attendance",
    ("Attendance", "Commitment"): "commitment",
    ("Attendance", "Completion"): "completion",
    ("Attendance", "No mark on the register"): "unmarked",
    ("Reach", "People"): "reach.people",
    ("Reach", "Organisations"): "reach.organisations",
    ("Feedback", "Response rate"): "response",
    ("Reflection", "People who wrote"): "reflections",
    ("Experiments", "Started"): "experiments.started",
    ("Experiments", "With learning written down"): "experiments.learning",
}
SECTORS = {
    "Public": "public",
    "Voluntary and community": "voluntary",
    "Private": "private",
    "Other": "other",
}
TEXTS = ("cohort.name", "cohort.programme", "cohort.place", "quotation.")
SHARES = {"a quarter": 0.25, "a half": 0.5, "three quarters": 0.75}
HIDDEN = [None, None]
# What csv_writer.guard puts an apostrophe before.
GUARDED = ("'=", "'+", "'-", "'@", "'\t", "'\r")


class UnknownLayoutError(Exception):
    """A row that this migration can't read."""


def values_from_csv(content):
    """Return the figures' plain values by key. Raises UnknownLayoutError for a CSV of another layout."""
    rows = csv.reader(io.StringIO(content.lstrip("\ufeff"), newline=""))
    next(rows, None)
    values, questions = {}, []
    for cells in rows:
        if len(cells) != 8:
            raise UnknownLayoutError
        part, workshop, _held_on, figure, value, count, of, _note = cells
        if (part, figure) == ("Cohort", "Figures as of"):
            continue
        key = key_of(part, figure, questions)
        if workshop != "All workshops":
            position = re.match(r"\d+", workshop)
            if not position:
                raise UnknownLayoutError
            key = f"workshop-{position[0]}.{key}"
        values[key] = [read_value(key, value), read_number(count), read_number(of)]
    return values


def key_of(part, figure, questions):
    if (part, figure) in LABELS:
        return LABELS[part, figure]
    if part == "In their own words" and (number := re.fullmatch(r"Quotation (\d+)", figure)):
        return f"quotation.{number[1]}"
    if part == "Reach" and figure.removeprefix("Sector: ") in SECTORS:
        return f"reach.sector.{SECTORS[figure.removeprefix('Sector: ')]}"
    asked = re.fullmatch(r"(.+): (mean|answered 4 or 5|answered ([1-5]))", figure, re.DOTALL)
    if part != "Feedback" or not asked:
        raise UnknownLayoutError
    if asked[1] not in questions:
        questions.append(asked[1])
    about = {"mean": "mean", "answered 4 or 5": "favourable"}
    number = questions.index(asked[1]) + 1
    return f"question-{number}.{about.get(asked[2]) or f'answered-{asked[3]}'}"


def read_value(key, text):
    if key.startswith(TEXTS):
        return text[1:] if text.startswith(GUARDED) else text
    if key.endswith(".reflections"):
        return read_band(text)
    return HIDDEN if text == "not shown" else read_number(text)


def read_band(text):
    if text.startswith("not shown"):
        return HIDDEN
    if text.startswith("fewer than "):
        return [0.0, share_of(text.removeprefix("fewer than "))]
    if text.endswith(" or more"):
        return [share_of(text.removesuffix(" or more")), 1.0]
    low, _, high = text.partition(" to ")
    return [share_of(low), share_of(high)]


def share_of(words):
    if words not in SHARES:
        raise UnknownLayoutError
    return SHARES[words]


def read_number(text):
    if text == "":
        return None
    try:
        return float(text) if "." in text else int(text)
    except ValueError as problem:
        raise UnknownLayoutError from problem


def read_existing(apps, schema_editor):
    for report in apps.get_model("reports", "FrozenReport").objects.only("pk", "csv"):
        try:
            report.values = values_from_csv(bytes(report.csv).decode())
        except (UnknownLayoutError, UnicodeDecodeError):
            continue  # None: the page says that it does not know
        report.save(update_fields=["values"])


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_frozen_reports")]

    operations = [
        migrations.AddField(
            model_name="frozenreport",
            name="values",
            field=models.JSONField(
                null=True,
                help_text="The figures by their key (reports.rows). None if they are not known.",
            ),
        ),
        migrations.AddField(
            model_name="frozenreport",
            name="values_version",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="The VALUES_VERSION of reports.freezing. 0: read from the CSV by a migration.",
            ),
        ),
        migrations.AlterField(
            model_name="frozenreport",
            name="words",
            field=models.JSONField(default=list, help_text="The quotations, in their order."),
        ),
        migrations.AlterField(
            model_name="frozenreport",
            name="pdf",
            field=models.BinaryField(
                null=True, help_text="None if the server could not make a PDF that day."
            ),
        ),
        migrations.RunPython(read_existing, migrations.RunPython.noop),
    ]

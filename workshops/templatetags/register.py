"""Template tags that render the rows of a register, or of an attendance table, without a template.

A register has up to a hundred rows, each with four inputs and four choices. With a template and
form fields, rendering the page would take more than twice as long. An attendance table has a cell
for each participant and workshop, but cells of the same state are rendered only once.
"""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ui.templatetags.ui import sector_mark
from workshops.forms.register import RegisterForm, RegisterRow
from workshops.models import Attendance
from workshops.progress import Cell, Row

register = template.Library()

ROW = """
<li data-member="{id}"{apologies}>
  <span class="who">
    {sector}
    <span>{person}{said} <small class="soft">{organisation}</small>
      <small class="waits" hidden>{waits}</small></span>
  </span>
  <div class="undo">
    <input type="hidden" name="{id}-was" value="{was}" id="id_{id}-was">
    <button class="button quiet small" name="clear" value="{id}"{clear_hidden}>{clear}</button>
  </div>
  {note}
  <fieldset class="segments">
    <legend class="visually-hidden">{legend}</legend>
    {marks}
  </fieldset>
  <div class="times">
    <label for="id_{id}-came">{came_label}</label>
    <input type="time" name="{id}-came"{came} class="input" id="id_{id}-came">
    <label for="id_{id}-went">{left_label}</label>
    <input type="time" name="{id}-went"{went} class="input" id="id_{id}-went">
    <small class="soft">{times_hint}</small>
  </div>
  <div class="wrong" id="wrong-{id}">{errors}</div>
</li>"""
MARK = '<label><input type="radio" name="{}-mark" value="{}"{}>{}</label>'
TAG = ' <span class="{}">{}</span>'
ERROR = '<p class="error" id="id_{}-{}_error">{}</p>'
ATTENDANCE_ROW = """
<tr>
  <th scope="row">
    <span class="who">{sector}<span>{person}<br><small>{organisation}</small></span></span>
  </th>
  {cells}
</tr>"""
ATTENDANCE_CELL = """
<td class="mark">
  <span class="{state}" title="{label}"><span aria-hidden="true">{sign}</span>\
<span class="visually-hidden">{label}</span></span>
</td>"""


@register.simple_tag
def register_rows(form: RegisterForm, *, reads_notes: bool) -> SafeString:
    """Return a list item for each row of the register.

    Notes sent with apologies are included only if `reads_notes` is true.
    """
    words = Words()
    return format_html_join(
        "", "{}", ((row_html(row, words, reads_notes=reads_notes),) for row in form.rows())
    )


@register.simple_tag
def attendance_rows(rows: Sequence[Row]) -> SafeString:
    """Return a table row for each participant, with a cell for each workshop."""
    marks = SectorMarks()
    # One cell of each state is enough, because cells of the same state look the same.
    by_state = {cell.state: cell for row in rows for cell in row.cells}
    cells = {state: cell_html(cell) for state, cell in by_state.items()}
    return format_html_join("", "{}", ((attendance_row_html(row, marks, cells),) for row in rows))


def attendance_row_html(row: Row, marks: SectorMarks, cells: dict[str, SafeString]) -> SafeString:
    organisation = row.membership.organisation
    return format_html(
        ATTENDANCE_ROW,
        sector=marks.html(organisation.sector) if organisation else "",
        person=row.membership.user,
        organisation=organisation or "",
        cells=SafeString("".join(cells[cell.state] for cell in row.cells)),
    )


def cell_html(cell: Cell) -> SafeString:
    return format_html(ATTENDANCE_CELL, state=cell.state, label=cell.label, sign=cell.sign)


class SectorMarks:
    """A cache of the coloured dots that show an organisation's sector, each rendered once."""

    def __init__(self) -> None:
        self.by_sector: dict[str, str] = {}

    def html(self, sector: str) -> str:
        if sector not in self.by_sector:
            mark = render_to_string("components/sector_mark.html", sector_mark(sector))
            self.by_sector[sector] = mark
        return self.by_sector[sector]


class Words:
    """Texts that all rows of a page have in common, translated and rendered once."""

    def __init__(self) -> None:
        self.sector_marks = SectorMarks()
        self.coming = format_html(TAG, "tag good", _("said: coming"))
        self.apologies = format_html(TAG, "tag", _("said: apologies"))
        self.waits = _("waiting to be sent")
        self.clear = _('Clear<span class="visually-hidden"> the mark of {person}</span>')
        self.note = _("What {person} wrote with their apologies")
        self.came = _(
            'Came at<span class="visually-hidden">: when {person} came</span>'
            ' <span class="optional">(optional)</span>'
        )
        self.left = _(
            'Left at<span class="visually-hidden">: when {person} left</span>'
            ' <span class="optional">(optional)</span>'
        )
        self.times_hint = _("Without a time, they count as present for half of the workshop.")
        # The labels have one word each, because on a phone the choices are side by side.
        self.marks = (
            (Attendance.Mark.PRESENT.value, _("Present")),
            (Attendance.Mark.PARTLY.value, _("Partly")),
            (Attendance.Mark.APOLOGIES.value, _("Apologies")),
            (Attendance.Mark.ABSENT.value, _("Absent")),
        )


def row_html(row: RegisterRow, words: Words, *, reads_notes: bool) -> SafeString:
    member, attendance = row.line.membership, row.line.attendance
    member_id, person = member.public_id, {"person": member.user.name}
    said = {
        Attendance.Answer.COMING.value: words.coming,
        Attendance.Answer.APOLOGIES.value: words.apologies,
    }
    sent_apologies = attendance.answer == Attendance.Answer.APOLOGIES
    organisation = member.organisation
    return format_html(
        ROW,
        id=member_id,
        apologies=SafeString(" data-apologies" if sent_apologies else ""),
        sector=words.sector_marks.html(organisation.sector) if organisation else "",
        person=member.user,
        said=said.get(attendance.answer, ""),
        organisation=organisation or "",
        waits=words.waits,
        was=row.was,
        clear_hidden=SafeString("" if row.line.mark else " hidden"),
        clear=format_html(words.clear, **person),
        note=note_html(row, words) if reads_notes and attendance.note else "",
        legend=member.user.name,
        marks=marks_html(row, words),
        came_label=format_html(words.came, **person),
        came=input_attributes(row, "came", row.came),
        left_label=format_html(words.left, **person),
        went=input_attributes(row, "went", row.went),
        times_hint=words.times_hint,
        errors=errors_html(row),
    )


def note_html(row: RegisterRow, words: Words) -> SafeString:
    user = row.line.membership.user
    return format_html(
        '<details class="fold"><summary>{}</summary><p class="quote" dir="auto">{}</p></details>',
        words.note.format(person=user.first_name),
        row.line.attendance.note,
    )


def marks_html(row: RegisterRow, words: Words) -> SafeString:
    member_id = row.line.membership.public_id
    return format_html_join(
        "",
        MARK,
        (
            (member_id, value, SafeString(" checked" if value == row.mark else ""), label)
            for value, label in words.marks
        ),
    )


def input_attributes(row: RegisterRow, name: str, value: str) -> SafeString:
    """Return the HTML attributes of a time input: its value, and the id of its error if any."""
    shown = format_html(' value="{}"', value) if value else SafeString("")
    if name not in row.errors:
        return shown
    error_id = f"id_{row.line.membership.public_id}-{name}_error"
    return shown + format_html(' aria-invalid="true" aria-describedby="{}"', error_id)


def errors_html(row: RegisterRow) -> SafeString:
    member_id = row.line.membership.public_id
    return format_html_join(
        "",
        ERROR,
        (
            (member_id, name, error)
            for name in ("mark", "came", "went")
            for error in row.errors.get(name, ())
        ),
    )

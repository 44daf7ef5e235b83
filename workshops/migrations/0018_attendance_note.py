"""Rename the note that goes with apologies."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("workshops", "0017_questions_of_surveys")]

    operations = [
        migrations.RemoveConstraint("attendance", "attendance_word_with_apologies"),
        migrations.RenameField("attendance", "word", "note"),
        migrations.AddConstraint(
            "attendance",
            models.CheckConstraint(
                condition=models.Q(("note", ""), ("answer", "apologies"), _connector="OR"),
                name="attendance_note_with_apologies",
                violation_error_message="Only apologies can have a note.",
            ),
        ),
    ]

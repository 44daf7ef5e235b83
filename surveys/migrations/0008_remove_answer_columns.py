from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("surveys", "0007_move_answers")]

    operations = [
        migrations.RemoveConstraint(
            model_name="response",
            name="response_spoke_openly_1_to_5",
        ),
        migrations.RemoveConstraint(
            model_name="response",
            name="response_new_perspective_1_to_5",
        ),
        migrations.RemoveConstraint(
            model_name="response",
            name="response_do_differently_1_to_5",
        ),
        migrations.RemoveConstraint(
            model_name="response",
            name="response_worth_time_1_to_5",
        ),
        migrations.RemoveField(
            model_name="response",
            name="change",
        ),
        migrations.RemoveField(
            model_name="response",
            name="do_differently",
        ),
        migrations.RemoveField(
            model_name="response",
            name="new_perspective",
        ),
        migrations.RemoveField(
            model_name="response",
            name="spoke_openly",
        ),
        migrations.RemoveField(
            model_name="response",
            name="worth_time",
        ),
    ]

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cohorts", "0006_message_templates"),
        ("reflections", "0010_drafts_of_one_version"),
        ("workshops", "0005_found_by_index"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint("Reply", "reply_taken_back_has_no_writer"),
        migrations.RenameField("Reply", "taken_back_at", "deleted_at"),
        migrations.RenameField("Experiment", "asking", "follow_up_number"),
        migrations.AlterModelOptions("Tombstone", {"ordering": ("pk",)}),
        migrations.RemoveConstraint(
            model_name="audienceperiod",
            name="sharing_with_somebody",
        ),
        migrations.RemoveConstraint(
            model_name="audienceperiod",
            name="sharing_ends_after_it_began",
        ),
        migrations.RemoveConstraint(
            model_name="audienceperiod",
            name="sharing_one_at_a_time",
        ),
        migrations.RemoveConstraint(
            model_name="quote",
            name="extract_one_on_offer",
        ),
        migrations.RemoveConstraint(
            model_name="quote",
            name="extract_chosen_has_time",
        ),
        migrations.RemoveConstraint(
            model_name="quote",
            name="extract_printed_for_good",
        ),
        migrations.AlterField(
            model_name="audienceperiod",
            name="changed_at",
            field=models.DateTimeField(help_text="The last edit before the period began."),
        ),
        migrations.AlterField(
            model_name="audienceperiod",
            name="shared_at",
            field=models.DateTimeField(
                help_text="Since when its readers could read the reflection; earlier than began_at if it was narrowed."
            ),
        ),
        migrations.AlterField(
            model_name="experiment",
            name="follow_up_number",
            field=models.PositiveIntegerField(
                default=1,
                help_text="Increases with each new follow-up date. Each number gets one e-mail.",
            ),
        ),
        migrations.AlterField(
            model_name="experiment",
            name="has_learning",
            field=models.BooleanField(
                default=False,
                help_text="Whether “learned” has text. The database can’t tell: it is encrypted.",
            ),
        ),
        migrations.AlterField(
            model_name="experiment",
            name="look_back_on",
            field=models.DateField(
                blank=True,
                help_text="Follow up on this day instead, in the cohort’s time zone.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="experiment",
            name="look_back_workshop",
            field=models.ForeignKey(
                blank=True,
                help_text="Follow up before this workshop, whatever its date.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="look_backs",
                to="workshops.workshop",
            ),
        ),
        migrations.AlterField(
            model_name="experiment",
            name="reflection",
            field=models.ForeignKey(
                blank=True,
                help_text="The reflection that it was written with, if any.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="experiments",
                to="reflections.reflection",
            ),
        ),
        migrations.AlterField(
            model_name="experiment",
            name="shared_at",
            field=models.DateTimeField(
                blank=True, help_text="When the present audience could first read it.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="experiment",
            name="workshop",
            field=models.ForeignKey(
                blank=True,
                help_text="The workshop that it follows.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="experiments",
                to="workshops.workshop",
            ),
        ),
        migrations.AlterField(
            model_name="quote",
            name="printed_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When the report was frozen with it. It can’t be withdrawn after that.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="reflection",
            name="prompt",
            field=models.CharField(
                blank=True,
                help_text="The question it answers, as worded at the time.",
                max_length=500,
            ),
        ),
        migrations.AlterField(
            model_name="reflection",
            name="recorded_since",
            field=models.DateTimeField(
                blank=True,
                help_text="When the record of its readers begins. Empty if the record is complete.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="reflection",
            name="replies_seen_at",
            field=models.DateTimeField(
                blank=True, help_text="When its author last saw the replies.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="reflection",
            name="shared_at",
            field=models.DateTimeField(
                blank=True, help_text="When the present audience could first read it.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="reply",
            name="in_answer_to",
            field=models.ForeignKey(
                blank=True,
                help_text="The reply that this one answers, which answers none itself.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="answers",
                to="reflections.reply",
            ),
        ),
        migrations.AlterField(
            model_name="tombstone",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tombstones",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="tombstone",
            name="cohort",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tombstones",
                to="cohorts.cohort",
            ),
        ),
        migrations.AlterField(
            model_name="tombstone",
            name="workshop",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="tombstones",
                to="workshops.workshop",
            ),
        ),
        migrations.AddConstraint(
            model_name="audienceperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(("audience", "me"), _negated=True),
                name="audience_period_is_shared",
                violation_error_message="An audience period must have an audience other than “Only me”.",
            ),
        ),
        migrations.AddConstraint(
            model_name="audienceperiod",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_at", None), ("ended_at__gte", models.F("began_at")), _connector="OR"
                ),
                name="audience_period_ends_after_start",
                violation_error_message="The end must be after the start.",
            ),
        ),
        migrations.AddConstraint(
            model_name="audienceperiod",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)),
                fields=("reflection",),
                name="audience_period_one_current",
                violation_error_message="A reflection can have only one current audience.",
            ),
        ),
        migrations.AddConstraint(
            model_name="quote",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn_at", None)),
                fields=("reflection",),
                name="quote_one_on_offer",
                violation_error_message="This reflection already has a quote on offer.",
            ),
        ),
        migrations.AddConstraint(
            model_name="quote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("chosen_by", None), ("chosen_at__isnull", False), _connector="OR"
                ),
                name="quote_chosen_has_time",
                violation_error_message="A chosen quote must have a chosen_at time.",
            ),
        ),
        migrations.AddConstraint(
            model_name="quote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("printed_at", None),
                    models.Q(("chosen_at__isnull", False), ("withdrawn_at", None)),
                    _connector="OR",
                ),
                name="quote_printed_is_final",
                violation_error_message="A printed quote must have been chosen and can’t be withdrawn.",
            ),
        ),
        migrations.AddConstraint(
            model_name="reply",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("author__isnull", False), ("deleted_at", None)),
                    models.Q(("author", None), ("deleted_at__isnull", False)),
                    _connector="OR",
                ),
                name="reply_deleted_has_no_author",
                violation_error_message="A deleted reply must not have an author.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="experiment",
            name="experiment_shared_has_time",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("audience", "me"), ("shared_at", None)),
                    models.Q(
                        ("audience__in", ("facilitators", "cohort")), ("shared_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="experiment_shared_has_time",
                violation_error_message="A shared entry must have a shared_at time.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="experiment",
            name="experiment_answered_has_time",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answered_at", None), ("outcome", "")),
                    models.Q(
                        models.Q(("outcome", ""), _negated=True), ("answered_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="experiment_answered_has_time",
                violation_error_message="An experiment with an outcome must have an answered_at time.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="experiment",
            name="experiment_one_look_back",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("look_back_workshop", None), ("look_back_on", None), _connector="OR"
                ),
                name="experiment_one_look_back",
                violation_error_message="Choose either a workshop or a day to look back, not both.",
            ),
        ),
        migrations.AlterConstraint(
            model_name="reflection",
            name="reflection_shared_has_time",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("audience", "me"), ("shared_at", None)),
                    models.Q(
                        ("audience__in", ("facilitators", "cohort")), ("shared_at__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="reflection_shared_has_time",
                violation_error_message="A shared entry must have a shared_at time.",
            ),
        ),
    ]

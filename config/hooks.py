"""Settings that name what each app adds to the site: message rules, periodic tasks, functions.

An app on the left of the order of apps may not import one on its right. It imports what these
settings name instead.
"""

# The rules for every kind of message: who is owed which e-mail, and when.
MESSAGE_RULES = [
    "workshops.messages.invitations.INVITATION",
    "workshops.availability.emails.ASK",
    "workshops.availability.emails.NUDGE",
    "workshops.calendar.entries.ENTRIES",
    "workshops.calendar.invites.CALENDAR",
    "workshops.calendar.invites.CALENDAR_CANCELLED",
    "workshops.messages.reminders.WEEK_BEFORE",
    "workshops.messages.reminders.DAY_BEFORE",
    "workshops.messages.announcements.ANNOUNCEMENT",
    "surveys.invitations.SURVEY",
    "surveys.reminders.FIRST",
    "surveys.reminders.SECOND",
    "surveys.before_after.invitations.INVITATION",
    "surveys.before_after.invitations.NUDGE",
    "surveys.before_after.invitations.LAST_NUDGE",
    "surveys.before_after.colleague_invitations.COLLEAGUE",
    "relationships.invitations.INVITATION",
    "relationships.invitations.NUDGE",
    "relationships.invitations.LAST_NUDGE",
    "sets.introductions.emails.ASKING",
    "sets.introductions.emails.MADE",
    "sets.introductions.emails.ENDED",
    "sets.introductions.emails.NOBODY",
    "partnerships.invitations.AGREE",
    "partnerships.invitations.AGREE_REMINDER",
    "partnerships.invitations.AGREE_OUTSIDE",
    "partnerships.checks.emails.CHECK",
    "partnerships.checks.emails.CHECK_OUTSIDE",
    "privacy.retention_warnings.REMOVAL",
    "reflections.experiments.follow_up_emails.LOOK_BACK",
    "reflections.reply_digest.REPLIES",
    "sets.messages.published.SETS",
    "sets.messages.meetings.MEETING",
    "sets.messages.meetings.MEETING_OFF",
]

# Celery's beat or `send_due --loop` runs these tasks each minute. An extra run is harmless.
MINUTELY_TASKS = [
    "surveys.tasks.release_closed_surveys",
    "relationships.tasks.turn_rounds",
    "reports.tasks.store_bands_of_closed_surveys",
    "reports.tasks.make_report_pdfs",
    "sets.tasks.make_pending_sets",
    "sets.tasks.make_introductions",
]
# Run also every few seconds by `send_due --loop`, because somebody waits for the result.
PROMPT_TASKS = ["reports.tasks.make_report_pdfs", "sets.tasks.make_pending_sets"]
# Run each hour by beat or `send_due --loop`. A run does a limited amount; the next continues.
HOURLY_TASKS = [
    "privacy.tasks.purge_expired",
    "accounts.tasks.delete_expired_sessions",
    "reports.tasks.delete_old_report_pdfs",
    "surveys.tasks.delete_expired_wave_data",
    "relationships.tasks.delete_old_answers",
    "sets.tasks.delete_old_tables",
    "partnerships.tasks.delete_unneeded_contacts",
    "cohorts.tasks.finish_merges",
]
# Functions that decide who may change a user's address (see `may_change_address`). They return
# whether the site stores text by the user, whether a survey may have reached the user, and whether
# the user can read what another user can't. Accounts and cohorts may not import these functions.
HAS_WRITTEN = "reflections.anonymisation.has_written"
MAY_HAVE_GOT_SURVEY = "relationships.deliveries.may_have_got_questions"
READS_MORE_THAN = [
    "reflections.audience.readers.reads_more_than",
    "sets.notes.reads_more_notes_than",
]
REPLY_ABOUT = "surveys.replies.reply_about"  # the reply to feedback, for a workshop’s page
HOPE_ABOUT = "surveys.before_after.hopes.hope_about"  # what a user hoped for, for its last one
# Functions that return what else belongs to a workshop, for its page. See `workshops.extras`.
WORKSHOP_EXTRAS = [
    "relationships.extras.rounds_at",
    "sets.extras.sets_at",
    "sets.introductions.extras.introductions_at",
    "partnerships.extras.work_at",
]
# The selects that filter lists of cohorts, reports and people, in their order on the page.
COHORT_FILTERS = [
    "cohorts.filters.PROGRAMME",
    "cohorts.filters.PLACE",
    "workshops.stages.YEAR",
    "workshops.stages.STAGE",
    "cohorts.filters.FACILITATOR",
    "cohorts.filters.FUNDER",
    "reports.filters.FROZEN",
]
# Functions that return sentences about what a merge of two organisations moves, besides people.
MERGE_EFFECTS = ["partnerships.merging.merge_effects"]
ARCHIVED_GROUPS = "cohorts.archiving.archived_groups"  # the groups that get no messages
# Functions that are called with a new cohort, once it has its workshops and facilitators, and with
# one whose features somebody has edited. They raise ValidationError to refuse the edit. Cohorts and
# workshops may not import them.
ON_FEATURES_CHANGED = [
    "surveys.before_after.switching.follow_features",
    "relationships.planning.plan_rounds_of",
]
# Functions that return what a calendar feed has besides workshops. They get the feed and a time.
MORE_CALENDAR_ENTRIES = ["sets.calendar.feed_entries"]
# What members do, after which undoing an import does not remove them. The first reason is shown.
MEMBER_ACTIVITIES = [
    "surveys.deliveries.SENT_SURVEY",
    "relationships.deliveries.SENT_ROUND",
    "workshops.member_activity.ON_REGISTER",
    "workshops.member_activity.ANSWERED_POLL",
    "partnerships.member_activity.STARTED",
    "reflections.member_activity.WROTE",
    "sets.introductions.member_activity.ASKED_TO_MEET",
]

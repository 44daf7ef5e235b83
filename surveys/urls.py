from django.urls import path, register_converter

from surveys.answering import views as answering
from surveys.before_after.views import answers as waves
from surveys.before_after.views import overview as before_after
from surveys.editor import views as editor
from surveys.editor.access import GroupConverter, PlaceConverter
from surveys.views import comments, feedback, replies, surveys

register_converter(GroupConverter, "group")
register_converter(PlaceConverter, "place")

app_name = "surveys"
BEFORE_AFTER = "cohorts/<public:public_id>/before-and-after/"
urlpatterns = [
    path("feedback/thanks/", surveys.survey_thanks, name="survey_thanks"),
    path("feedback/room/<str:token>/", answering.survey_room, name="survey_room"),
    path("workshops/<public:public_id>/feedback/qr/", answering.survey_qr, name="survey_qr"),
    path("feedback/answer/", surveys.survey_answer, name="survey_answer"),
    path("feedback/<str:token>/", surveys.survey_start, name="survey_start"),
    path("workshops/<public:public_id>/feedback/", surveys.survey_results, name="survey_results"),
    path("workshops/<public:public_id>/feedback/close/", surveys.survey_close, name="survey_close"),
    path(
        "<place:place>/<public:public_id>/feedback/questions/",
        editor.question_list,
        name="question_list",
    ),
    path(
        "<place:place>/<public:public_id>/feedback/questions/add/<slug:kind>/",
        editor.question_add,
        name="question_add",
    ),
    path(
        "<place:place>/<public:public_id>/feedback/questions/ready/",
        editor.question_add_ready,
        name="question_add_ready",
    ),
    path(
        "<place:place>/<public:public_id>/feedback/questions/<slug:question_id>/edit/",
        editor.question_edit,
        name="question_edit",
    ),
    path(
        "<place:place>/<public:public_id>/feedback/questions/<slug:question_id>/move/",
        editor.question_move,
        name="question_move",
    ),
    path(
        "<place:place>/<public:public_id>/feedback/questions/<slug:question_id>/delete/",
        editor.question_delete,
        name="question_delete",
    ),
    path(
        "<place:place>/<public:public_id>/feedback/preview/",
        editor.question_preview,
        name="question_preview",
    ),
    path(
        "<group:place>/<public:public_id>/feedback/settings/",
        editor.feedback_settings,
        name="feedback_settings",
    ),
    path("workshops/<public:public_id>/feedback/reply/", replies.reply_edit, name="reply_edit"),
    path("cohorts/<public:public_id>/feedback/", feedback.cohort_feedback, name="cohort_feedback"),
    path(
        "cohorts/<public:public_id>/feedback/every/",
        feedback.surveys_every_set,
        name="surveys_every_set",
    ),
    path("comments/", comments.comment_list, name="comment_list"),
    path(
        "workshops/<public:public_id>/feedback/comments/",
        comments.comment_review,
        name="comment_review",
    ),
    path("before-and-after/thanks/", waves.wave_thanks, name="wave_thanks"),
    path("before-and-after/answer/", waves.wave_answer, name="wave_answer"),
    path("before-and-after/seen/thanks/", waves.colleague_thanks, name="colleague_thanks"),
    path("before-and-after/seen/answer/", waves.colleague_answer, name="colleague_answer"),
    path("before-and-after/seen/<str:token>/", waves.colleague_start, name="colleague_start"),
    path("before-and-after/<str:token>/", waves.wave_start, name="wave_start"),
    path(BEFORE_AFTER, before_after.before_after, name="before_after"),
    path(f"{BEFORE_AFTER}colleague/", before_after.colleague_edit, name="colleague_edit"),
    path(
        f"{BEFORE_AFTER}colleague/withdraw/",
        before_after.colleague_withdraw,
        name="colleague_withdraw",
    ),
]

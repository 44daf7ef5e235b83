from django.urls import path

from surveys import views

app_name = "surveys"
urlpatterns = [
    path("feedback/thanks/", views.survey_thanks, name="survey_thanks"),
    path("feedback/<str:token>/", views.survey_answer, name="survey_answer"),
    path("workshops/<public:public_id>/feedback/", views.survey_results, name="survey_results"),
    path("workshops/<public:public_id>/feedback/close/", views.survey_close, name="survey_close"),
]

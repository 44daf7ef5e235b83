from django.urls import path

from sets.introductions import views

PAGE = "cohorts/<public:public_id>/introductions/"
urlpatterns = [
    path(PAGE, views.introduction_list, name="introduction_list"),
    path(f"{PAGE}take-part/", views.introduction_join, name="introduction_join"),
    path(f"{PAGE}stop/", views.introduction_leave, name="introduction_leave"),
    path("introductions/answer/", views.introduction_answer, name="introduction_answer"),
    path("introductions/stop/", views.introduction_stop, name="introduction_stop"),
    path("introductions/<str:token>/", views.introduction_start, name="introduction_start"),
]

from django.urls import path

from privacy import views

app_name = "privacy"
urlpatterns = [
    path("who-sees-what/", views.who_sees_what, name="who_sees_what"),
    path("my-data/", views.my_data, name="my_data"),
    path("my-data/download/", views.my_data_download, name="my_data_download"),
    path("my-data/delete-words/", views.my_words_delete, name="my_words_delete"),
    path("my-data/delete/", views.my_data_delete, name="my_data_delete"),
    path("cohorts/<public:public_id>/retention/", views.retention_edit, name="retention_edit"),
]

from django.urls import path

from privacy import person_views, views

app_name = "privacy"
urlpatterns = [
    path("who-sees-what/", views.who_sees_what, name="who_sees_what"),
    path("my-data/", views.my_data, name="my_data"),
    path("my-data/download/", views.my_data_download, name="my_data_download"),
    path("my-data/delete-words/", views.my_words_delete, name="my_words_delete"),
    path("my-data/delete/", views.my_data_delete, name="my_data_delete"),
    path("cohorts/<public:public_id>/retention/", views.retention_edit, name="retention_edit"),
    path("people/<public:public_id>/data/", person_views.person_data, name="person_data"),
    path("people/<public:public_id>/data/send/", person_views.person_data_send, name="person_data_send"),
    path("people/<public:public_id>/erase/", person_views.person_erase, name="person_erase"),
    path("people/erased/", person_views.erasure_list, name="erasure_list"),
]

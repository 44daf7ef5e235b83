from django.urls import path

from privacy.views import cohort_deletion, data_requests, own_data

app_name = "privacy"
urlpatterns = [
    path("who-sees-what/", own_data.who_sees_what, name="who_sees_what"),
    path("my-data/", own_data.my_data, name="my_data"),
    path("my-data/download/", own_data.my_data_download, name="my_data_download"),
    path("my-data/delete-words/", own_data.my_words_delete, name="my_words_delete"),
    path("my-data/delete/", own_data.my_data_delete, name="my_data_delete"),
    path("cohorts/<public:public_id>/retention/", own_data.retention_edit, name="retention_edit"),
    path("people/<public:public_id>/data/", data_requests.person_data, name="person_data"),
    path(
        "cohorts/<public:public_id>/delete/",
        cohort_deletion.cohort_delete,
        name="cohort_delete",
    ),
    path(
        "people/<public:public_id>/data/send/",
        data_requests.person_data_send,
        name="person_data_send",
    ),
    path("people/<public:public_id>/erase/", data_requests.person_erase, name="person_erase"),
    path("people/erased/", data_requests.erasure_list, name="erasure_list"),
]

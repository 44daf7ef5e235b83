from django.urls import path

from cohorts.views import (
    addresses,
    cohorts,
    members,
    message_templates,
    needs,
    organisations,
    people,
    people_files,
    removal,
)

app_name = "cohorts"
urlpatterns = [
    path("cohorts/<public:public_id>/edit/", cohorts.cohort_edit, name="cohort_edit"),
    path("cohorts/<public:public_id>/archive/", cohorts.cohort_archive, name="cohort_archive"),
    path("cohorts/<public:public_id>/restore/", cohorts.cohort_restore, name="cohort_restore"),
    path("cohorts/<public:public_id>/people/", members.member_list, name="member_list"),
    path("cohorts/<public:public_id>/people/remove/", removal.member_remove, name="member_remove"),
    path(
        "cohorts/<public:public_id>/people/remove/confirm/",
        removal.member_remove_confirm,
        name="member_remove_confirm",
    ),
    path("cohorts/<public:public_id>/people/add/", members.member_add, name="member_add"),
    path("cohorts/<public:public_id>/emails/", message_templates.email_list, name="email_list"),
    path(
        "cohorts/<public:public_id>/emails/<slug:kind>/",
        message_templates.email_edit,
        name="email_edit",
    ),
    path(
        "cohorts/<public:public_id>/emails/<slug:kind>/preview/",
        message_templates.email_preview,
        name="email_preview",
    ),
    path(
        "cohorts/<public:public_id>/emails/<slug:kind>/default/",
        message_templates.email_default,
        name="email_default",
    ),
    path("cohorts/<public:public_id>/needs/", needs.needs_edit, name="needs_edit"),
    path("cohorts/<public:public_id>/venue/", needs.venue_needs, name="venue_needs"),
    path("members/<public:public_id>/", members.member_edit, name="member_edit"),
    path("members/<public:public_id>/address/", addresses.member_address, name="member_address"),
    path(
        "members/<public:public_id>/address/right/",
        addresses.member_address_right,
        name="member_address_right",
    ),
    path("members/<public:public_id>/move/", members.member_move, name="member_move"),
    path("members/<public:public_id>/leave/", members.member_leave, name="member_leave"),
    path(
        "cohorts/<public:public_id>/people/import/",
        people_files.people_file_upload,
        name="people_file_upload",
    ),
    path(
        "people-files/<public:public_id>/",
        people_files.people_file_detail,
        name="people_file_detail",
    ),
    path(
        "people-files/<public:public_id>/rows/<int:number>/",
        people_files.people_file_row,
        name="people_file_row",
    ),
    path(
        "people-files/<public:public_id>/confirm/",
        people_files.people_file_confirm,
        name="people_file_confirm",
    ),
    path(
        "people-files/<public:public_id>/undo/",
        people_files.people_file_undo,
        name="people_file_undo",
    ),
    path(
        "people-files/<public:public_id>/discard/",
        people_files.people_file_discard,
        name="people_file_discard",
    ),
    path(
        "people-files/<public:public_id>/wrong/",
        people_files.people_file_wrong,
        name="people_file_wrong",
    ),
    path("cohorts/<public:public_id>/people/export/", members.member_export, name="member_export"),
    path("people/export/", people.person_export, name="person_export"),
    path("people/", people.person_list, name="person_list"),
    path("organisations/", organisations.organisation_list, name="organisation_list"),
    path("organisations/sectors/", organisations.organisation_sectors, name="organisation_sectors"),
    path(
        "organisations/<public:public_id>/",
        organisations.organisation_edit,
        name="organisation_edit",
    ),
    path(
        "organisations/<public:public_id>/duplicates/",
        organisations.organisation_duplicates,
        name="organisation_duplicates",
    ),
    path(
        "organisations/<public:public_id>/merge/<public:duplicate_id>/",
        organisations.organisation_merge,
        name="organisation_merge",
    ),
    path(
        "organisations/<public:public_id>/undo-merge/",
        organisations.organisation_merge_undo,
        name="organisation_merge_undo",
    ),
]

from cohorts.forms.cohorts import CohortForm
from cohorts.forms.fields import LineField, MembersField
from cohorts.forms.members import (
    AddressForm,
    MemberEditForm,
    MemberForm,
    MoveForm,
    PeopleForm,
    SearchForm,
)
from cohorts.forms.organisations import OrganisationForm, SectorsForm
from cohorts.forms.people_files import ReadingForm, RowForm, UploadForm
from cohorts.forms.removal import NoticeForm, RemovalForm

__all__ = (
    "AddressForm",
    "CohortForm",
    "LineField",
    "MemberEditForm",
    "MemberForm",
    "MembersField",
    "MoveForm",
    "NoticeForm",
    "OrganisationForm",
    "PeopleForm",
    "ReadingForm",
    "RemovalForm",
    "RowForm",
    "SearchForm",
    "SectorsForm",
    "UploadForm",
)

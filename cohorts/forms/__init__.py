from cohorts.forms.cohorts import CohortForm
from cohorts.forms.fields import LineField, MembersField
from cohorts.forms.members import (
    AddressForm,
    MemberEditForm,
    MemberForm,
    MoveForm,
    PersonForm,
    email_field,
)
from cohorts.forms.organisations import OrganisationForm, SectorForm
from cohorts.forms.people_files import ReadingForm, RowForm, UploadForm
from cohorts.forms.removal import NoticeForm, RemovalForm
from cohorts.forms.search import (
    CohortFiltersForm,
    OrganisationSearchForm,
    PeopleFiltersForm,
    PeopleForm,
    SearchForm,
)

__all__ = (
    "AddressForm",
    "CohortFiltersForm",
    "CohortForm",
    "LineField",
    "MemberEditForm",
    "MemberForm",
    "MembersField",
    "MoveForm",
    "NoticeForm",
    "OrganisationForm",
    "OrganisationSearchForm",
    "PeopleFiltersForm",
    "PeopleForm",
    "PersonForm",
    "ReadingForm",
    "RemovalForm",
    "RowForm",
    "SearchForm",
    "SectorForm",
    "UploadForm",
    "email_field",
)

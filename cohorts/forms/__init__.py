from cohorts.forms.cohorts import CohortForm
from cohorts.forms.fields import LineField
from cohorts.forms.members import AddressForm, MemberEditForm, MemberForm, MoveForm, SearchForm
from cohorts.forms.organisations import OrganisationForm, SectorsForm
from cohorts.forms.people_files import ReadingForm, UploadForm

__all__ = (
    "AddressForm",
    "CohortForm",
    "LineField",
    "MemberEditForm",
    "MemberForm",
    "MoveForm",
    "OrganisationForm",
    "ReadingForm",
    "SearchForm",
    "SectorsForm",
    "UploadForm",
)

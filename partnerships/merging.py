"""The effects of merging two organisations on their partnerships."""

from django.utils.translation import ngettext

from cohorts.models import Organisation
from partnerships.models import Partnership


def merge_effects(duplicate: Organisation, into: Organisation) -> list[str]:
    """Return sentences about the partnerships of an organisation that is to be merged."""
    joined = Partnership.objects.filter(parties__organisation=duplicate).distinct()
    together = joined.filter(pk__in=into.parties.values("partnership"))
    sentences = []
    if count := joined.count():
        sentences.append(
            ngettext(
                "It takes part in %(count)d piece of work started together.",
                "It takes part in %(count)d pieces of work started together.",
                count,
            )
            % {"count": count}
        )
    if count := together.count():
        sentences.append(
            ngettext(
                "%(count)d piece of work was started by these two together. "
                "Check that they are one organisation.",
                "%(count)d pieces of work were started by these two together. "
                "Check that they are one organisation.",
                count,
            )
            % {"count": count}
        )
    return sentences

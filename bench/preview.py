"""`python -m bench.preview FILE`: imports a list as far as its preview, and prints the cost.

In a process of its own, because the most memory that was ever used cannot be asked for again.
"""

import json
import resource
import sys
import time
from pathlib import Path

import django

django.setup()

from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402 (models need the line above)
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from accounts.models import User  # noqa: E402
from cohorts.models import Cohort, PeopleFile  # noqa: E402
from cohorts.people_import import RowResult, plan_people  # noqa: E402


def peak_megabytes() -> float:
    """Return this process's peak memory. On Linux, rusage would include its parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024**2 if sys.platform == "darwin" else peak / 1024


def preview(path: Path) -> dict[str, float]:
    """Upload the file, open the preview of every row, and check the plan that it stores."""
    client = Client()
    client.force_login(User.objects.get(is_administrator=True))
    cohort = Cohort.objects.order_by("pk")[0]
    upload = SimpleUploadedFile(path.name, path.read_bytes())
    client.get(reverse("home:cohort_list"))  # what a process does once is not the list's
    began = time.perf_counter()
    answer = client.post(
        reverse("cohorts:people_file_upload", args=[cohort.public_id]),
        {"file": upload},
        follow=True,
    )
    seconds = time.perf_counter() - began
    if answer.status_code != 200 or not answer.redirect_chain:
        raise RuntimeError(f"{path.name} was not taken.")
    plan = plan_people(PeopleFile.objects.latest("pk"))
    return {"seconds": seconds, "megabytes": peak_megabytes(), "new": len(plan.of(RowResult.NEW))}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(preview(Path(sys.argv[1]))))

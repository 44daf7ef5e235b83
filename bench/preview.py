"""`python -m bench.preview FILE`: uploads a list of people, previews it, and prints the cost.

The bench runs it as a separate process, because the peak memory of a process can't be reset.
"""

import json
import resource
import sys
import time
from pathlib import Path

import django

django.setup()

# ruff: noqa: E402 (models can be imported only after the setup)
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, PeopleFile
from cohorts.people_import import RowResult, plan_people


def peak_megabytes() -> float:
    """Return this process's peak memory.

    On Linux, it comes from /proc, because getrusage() also counts the memory of the parent process.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024**2 if sys.platform == "darwin" else peak / 1024


def preview(path: Path) -> dict[str, float]:
    """Upload the file and open its preview; return the cost, and the number of new people."""
    client = Client()
    client.force_login(User.objects.get(is_administrator=True))
    cohort = Cohort.objects.order_by("pk")[0]
    upload = SimpleUploadedFile(path.name, path.read_bytes())
    client.get(reverse("home:cohort_list"))  # not measured: the first request of a process is slow
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

"""Counts what happened to each message, from the mail server's log, the trace and the database.

If the mail server accepted a message several times, a fault must explain each time except one.
These are the faults that can explain it:

- The worker died before it saved the result.
- The worker got no reply from the mail server.
- The worker was stopped between the pre-send check and saving the result.
- The worker lost the connection to the database.
"""

from __future__ import annotations

import base64
import json
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from math import inf
from pathlib import Path

from django.utils import timezone

from outbox.models import Message
from outbox.rules import all_rules
from tests.chaos.acts import Act
from tests.chaos.mail_server import LOST_ANSWERS
from tests.chaos.population import Owed


@dataclass
class Tally:
    owed: int = 0
    written: int = 0
    sent: int = 0
    failed: int = 0
    dropped: int = 0
    accepted: int = 0
    lost: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    copies: int = 0
    copies_allowed: int = 0
    unexplained: list[str] = field(default_factory=list)
    unequal: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        wrong = (self.lost, self.stuck, self.stale, self.unexplained, self.unequal, self.doubled)
        return not any(wrong) and self.copies <= self.copies_allowed

    def as_json(self) -> str:
        return json.dumps(asdict(self) | {"is_clean": self.is_clean})


@dataclass(frozen=True)
class Accepted:
    at: float
    id: str
    to: str
    who: str
    content: bytes
    answer: str


@dataclass(frozen=True)
class TraceLine:
    """A line of the file to which workers write their steps (see worker.py)."""

    at: float
    who: str
    event: str
    message: str


def pid_of(who: str) -> int:
    """Return the process id in a worker's name, which has the form PROCESS-THREAD."""
    return int(who.split("-")[0])


def read_mail(path: Path) -> tuple[list[Accepted], Counter[str], set[str]]:
    """Return the accepted e-mails, the count of each fault, and the addresses that were refused."""
    accepted, faults, refused = [], Counter[str](), set()
    for line in path.read_text().splitlines():
        one = json.loads(line)
        if one["event"] == "accepted":
            who = one["client"].removeprefix("worker-")
            content = base64.b64decode(one["content"])
            accepted.append(Accepted(one["at"], one["id"], one["to"], who, content, one["answer"]))
        elif one["event"] == "fault":
            faults[f"mail server, {one['where']}: {one['what']}"] += 1
        else:
            refused.add(one["to"])
    return accepted, faults, refused


def read_trace(path: Path) -> list[TraceLine]:
    lines = path.read_text().splitlines() if path.exists() else []
    parts = [line.split(" ", 3) for line in lines]
    return [TraceLine(float(at), who, event, rest) for at, who, event, rest in parts]


def count(
    folder: Path,
    owed: list[Owed],
    acts: list[Act],
    deaths: dict[int, float],
    thaws: list[tuple[int, float]],
    database_faults: list[float],
) -> Tally:
    stuck = undone()
    # The mail server's log is read after the rows, so that a message sent in between, for example
    # one that has come due since the storm ended, is not counted as lost.
    rows = {row.key: row for row in Message.objects.all()}
    accepted, faults, refused = read_mail(folder / "mail.jsonl")
    trace = read_trace(folder / "trace")
    deaths = {pid_of(line.who): line.at for line in trace if line.event == "dies"} | deaths
    states = Counter(row.status for row in rows.values())
    tally = Tally(
        owed=len(owed),
        written=len(rows),
        sent=states["sent"],
        failed=states["failed"],
        dropped=states["dropped"],
        accepted=len(accepted),
        faults=dict(faults),
    )
    by_id: dict[str, list[Accepted]] = defaultdict(list)
    for one in accepted:
        by_id[one.id].append(one)
    tally.lost = list(lost(owed, rows, acts, refused, by_id))
    tally.stuck = stuck
    tally.stale = list(stale(rows, acts, accepted, trace))
    explain_copies(tally, by_id, trace, deaths, thaws, database_faults)
    tally.doubled = list(doubled(rows, by_id))
    return tally


def lost(
    owed: list[Owed],
    rows: dict[str, Message],
    acts: list[Act],
    refused: set[str],
    by_id: dict[str, list[Accepted]],
) -> list[str]:
    """Return messages that should have been sent but were not, and those wrongly marked as sent."""
    withdrawn = {key for act in acts if not act.old_address for key in act.keys}
    wrong = []
    for one in owed:
        row = rows.get(one.key)
        if row is None:
            if one.key not in withdrawn:
                wrong.append(f"{one.key}: never written")
        elif row.status == "failed" and not refused & {one.address, f"new-{one.address}"}:
            wrong.append(f"{one.key}: failed, {row.reason}")
        elif row.status == "dropped" and one.key not in withdrawn:
            wrong.append(f"{one.key}: dropped, {row.reason}")
    wrong += [
        f"{row.key}: says sent, and no server has it"
        for row in rows.values()
        if row.status == "sent" and row.public_id not in by_id
    ]
    return wrong


def undone() -> list[str]:
    """Return the due messages that are not queued, then those queued but not yet finished.

    A message is finished once it is sent, failed or dropped. The queued ones are queried last, so
    that a message queued in the meantime is found.
    """
    now = timezone.now()
    unwritten = [
        f"{key}: owed, not written"
        for rule in all_rules().values()
        for key in rule.unwritten(rule.owed(now)).values_list("owed_key", flat=True)
    ]
    waiting = Message.objects.open().filter(due_at__lte=timezone.now())
    return unwritten + [f"{row.key}: {row.reason}" for row in waiting]


def stale(
    rows: dict[str, Message], acts: list[Act], accepted: list[Accepted], trace: list[TraceLine]
) -> list[str]:
    """Return messages that were sent although an act ruled them out before their pre-send check."""
    prechecks: dict[tuple[str, str], list[float]] = defaultdict(list)
    for line in trace:
        if line.event == "before-precheck":
            prechecks[line.who, line.message].append(line.at)
    wrong = []
    for act in acts:
        ids = {rows[key].public_id for key in act.keys if key in rows}
        for mail in accepted:
            if mail.id in ids and (not act.old_address or mail.to == act.old_address):
                begun = [at for at in prechecks[mail.who, mail.id] if at <= mail.at]
                if begun and max(begun) > act.committed:
                    wrong.append(f"{mail.id} to {mail.to} after {act.what}")
    return wrong


def explain_copies(
    tally: Tally,
    by_id: dict[str, list[Accepted]],
    trace: list[TraceLine],
    deaths: dict[int, float],
    thaws: list[tuple[int, float]],
    database_faults: list[float],
) -> None:
    lines: dict[str, list[TraceLine]] = defaultdict(list)
    frozen: dict[int, list[float]] = defaultdict(list)
    for one in trace:
        lines[one.message.split(" ")[0]].append(one)
    for pid, at in thaws:
        frozen[pid].append(at)
    for number, mails in by_id.items():
        mails.sort(key=lambda mail: mail.at)
        reasons = [
            fault_of(mail, lines[number], deaths, frozen[pid_of(mail.who)], database_faults)
            for mail in mails
        ]
        explained = sum(reason != "" for reason in reasons)
        tally.copies_allowed += explained
        tally.copies += len(mails) - 1
        if len(mails) - 1 > explained:
            tally.unexplained.append(
                f"{number} accepted "
                + ", ".join(f"by {mail.who} at {mail.at:.3f}" for mail in mails)
            )
        # Copies to one address must be identical. A copy to a new address differs, because its To
        # header and its calendar entry contain the new address.
        same_address = defaultdict(set)
        for mail in mails:
            same_address[mail.to].add(mail.content)
        tally.unequal += [
            f"{number} to {to}" for to, contents in same_address.items() if len(contents) > 1
        ]


def fault_of(
    mail: Accepted,
    lines: list[TraceLine],
    deaths: dict[int, float],
    thaws: list[float],
    database_faults: list[float],
) -> str:
    """Return the fault that explains why this e-mail was sent again, or an empty string.

    The fault must have occurred between the e-mail's pre-send check and the saving of its result.
    """
    own = [one for one in lines if one.who == mail.who]
    checked = max(
        (one.at for one in own if one.event == "before-precheck" and one.at <= mail.at), default=0.0
    )
    again = min(
        (one.at for one in own if one.event == "before-precheck" and one.at > mail.at), default=inf
    )
    this = [one for one in own if checked <= one.at < again]
    ended = next((one for one in this if one.event in ("after-write", "shut-write")), None)
    if mail.answer in LOST_ANSWERS or any(one.event == "raised-data" for one in this):
        return "lost answer"
    if any(checked <= at and (ended is None or at <= ended.at) for at in thaws):
        return "frozen"
    # The worker must have died after the check. It may have died before the e-mail was accepted,
    # because the mail server may receive a worker's last bytes after its death.
    if ended is None and deaths.get(pid_of(mail.who), 0.0) >= checked:
        return "died"
    if any(one.event == "raised-write" for one in this) and any(
        mail.at - 60 <= at <= mail.at + 60 for at in database_faults
    ):
        return "database away"
    return ""


def doubled(rows: dict[str, Message], by_id: dict[str, list[Accepted]]) -> list[str]:
    """Return e-mails sent twice with different Message-IDs, and e-mails without a message row."""
    known = {row.public_id: row for row in rows.values()}
    wrong = [f"{number}: no row" for number in by_id if number not in known]
    reasons = Counter(
        (row.key, mails[0].to) for number, mails in by_id.items() if (row := known.get(number))
    )
    subjects = Counter((mails[-1].to, subject_of(mails[-1])) for mails in by_id.values())
    wrong += [f"{key} to {to}: {times} times" for (key, to), times in reasons.items() if times > 1]
    return wrong + [
        f"“{what}” to {to}: {times} times" for (to, what), times in subjects.items() if times > 1
    ]


def subject_of(mail: Accepted) -> str:
    head = mail.content.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ")
    return next(
        (
            line[9:].decode("ascii", "replace")
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"subject: ")
        ),
        "",
    )

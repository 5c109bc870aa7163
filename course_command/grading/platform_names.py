"""Find the student to whom a submitted file belongs, from the names that learning platforms give to files."""

import re
import unicodedata
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

# Tried on each folder and on the file; what follows is the name that the student gave the file, and can hold anything:
# each pattern therefore ends as early as it can.
PATTERNS = {
    "Moodle": r"(?P<student>.+?)_(?P<number>\d+)_assignsubmission_[a-z]+_?",
    "Canvas": r"(?P<student>.+?(_LATE)?_\d{3,})_(?P<attachment>\d{3,})_",
    "Blackboard": r"(?P<titled>.+?_.+?)_attempt_(?P<time>\d{4}(-\d\d){5})_?",  # both may hold underscores: TITLE_USER
}
TITLE_UNKNOWN = (
    "no student: Blackboard's name does not tell where the title ends and the user name begins in {!r}; collect with"
    r" --pattern 'TITLE_(?P<student>.+?)_attempt_(?P<time>[-\d]+)_?' and the title in place of TITLE"
)
NOT_CANVAS = (
    "no student: this looks like a name of Canvas, but {} files have the number {}, which Canvas gives to only one; put"
    " each in a folder with the student's name, or say with --pattern where it stands"
)


@dataclass(frozen=True)
class Sender:
    """Sender of a file, found from the path of the file in an export.

    ``called`` is the student's name in the export, empty where nobody is named. ``number`` is Moodle's number of the
    participant, which tells apart two of the same name. ``time`` is when it was handed in (local time), or None.
    ``rest`` is where the file lay in what the student sent. ``doubt`` is a sentence on why nobody can be named.
    """

    called: str
    rest: tuple
    number: str = ""
    time: datetime | None = None
    doubt: str = ""

    @property
    def student(self):
        """The student's name as a valid folder name: letters and digits of any script and ``. - _``."""
        return re.sub(r"[^\w.\-]+", "_", self.called).strip("._-")


def senders(files, name, pattern=None):
    """Find out who sent each file of an export: what one name does not tell, the others may.

    Parameters
    ----------
    files : list of Sent
    name : str
        The assignment.
    pattern : str, optional
        See `sender`.

    Returns
    -------
    list of (Sent, Sender)
    """
    if pattern:
        return [(file, sender(file.parts, name, pattern)) for file in files]
    titled, receipts, attachments = set(), set(), defaultdict(set)
    for file in files:
        part, match, inside = _match(file.parts, PATTERNS.values())
        found = match.groupdict() if match else {}
        if "titled" in found:
            titled.add(found["titled"])
            if not inside and part[match.end("time") :] == ".txt":
                receipts.add((found["titled"], _receipt(file)))
        if "attachment" in found:
            attachments[match.group()].add(part)
    title = _title(titled, receipts, name)
    shared = {given: len(parts) for given, parts in attachments.items() if len(parts) > 1}
    return [(file, sender(file.parts, name, title=title, shared=shared)) for file in files]


def sender(parts, name, pattern=None, title=None, shared=None):
    """Find out who sent a file.

    Parameters
    ----------
    parts : tuple of str
        Folders and file name, from the top of the export.
    name : str
        Name of the assignment, which is not part of a student's id.
    pattern : str, optional
        A regular expression with a group ``student``, for platforms that are not known here.
    title : str, optional
        The assignment's title in Blackboard's names, if it is known.
    shared : dict, optional
        What looks like Canvas's name and number of a file but stands in front of several, and of how many.

    Returns
    -------
    Sender
    """
    part, match, inside = _match(parts, [pattern] if pattern else PATTERNS.values())
    if match:
        rest = tuple(filter(None, (part[match.end() :], *inside))) or (part,)
        if shared and match.group() in shared:
            return Sender("", rest, doubt=NOT_CANVAS.format(shared[match.group()], match["attachment"]))
        return _from_match(match.groupdict(), rest, title)
    if pattern:
        return Sender("", parts)
    if len(parts) > 1:
        return Sender(_name(parts[0]), tuple(parts[1:]))
    stem, _, kind = parts[0].rpartition(".")
    if kind not in ("ipynb", "zip"):
        return Sender("", parts)
    return Sender(_name(re.sub(re.escape(name), "", stem, flags=re.IGNORECASE)).strip("._- "), parts)


def _match(parts, patterns):
    """The first part that a pattern fits, the match that leaves most of it to the student, and the parts below."""
    for index, part in enumerate(parts):
        if found := [match for pattern in patterns if (match := re.match(pattern, part))]:
            return part, min(found, key=re.Match.end), parts[index + 1 :]
    return "", None, ()


def _receipt(file):
    """User name in a receipt of Blackboard: its first line is ``Name: FIRST LAST (USER)``."""
    with suppress(ValueError):
        first = file.read().decode("utf-8", "replace").partition("\n")[0]
        if match := re.search(r"\(([^()]+)\)\s*$", first):
            return match[1]
    return ""


def _title(titled, receipts, name):
    """The title in front of Blackboard's user names, or None where more than one is possible.

    One that is too short makes user names longer; one that is too long could make two users one.
    """
    told = {both.removesuffix(f"_{user}") for both, user in receipts if user and both.endswith(f"_{user}")}
    if len(told) == 1:
        return told.pop()
    fronts = [{both[: underscore.start()] for underscore in re.finditer("_", both)} for both in titled]
    possible = set.intersection(*fronts) if fronts else set()
    as_here = {title for title in possible if title.casefold() == name.casefold()}
    return possible.pop() if len(possible) == 1 else as_here.pop() if as_here else None


def _name(text):
    """The name with each letter in one form: an é can be coded as one character or as two."""
    return unicodedata.normalize("NFC", text)


def _from_match(found, rest, title):
    time = datetime.strptime(found["time"], "%Y-%m-%d-%H-%M-%S") if found.get("time") else None
    if titled := found.get("titled"):
        title = titled.partition("_")[0] if titled.count("_") == 1 else title
        if not title or not titled.startswith(f"{title}_"):
            return Sender("", rest, doubt=TITLE_UNKNOWN.format(titled))
        found["student"] = titled.removeprefix(f"{title}_")
    return Sender(_name(re.sub(r"_LATE(?=_\d+$)", "", found["student"])), rest, found.get("number") or "", time)

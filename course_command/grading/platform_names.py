"""Find the student to whom a submitted file belongs, from the names that learning platforms give to files."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

# A pattern is tried on each folder and on the file; the text after the match is the student's own name for the file.
PATTERNS = {
    "Moodle": r"(?P<student>.+)_(?P<number>\d+)_assignsubmission_[a-z]+_?",
    "Canvas": r"(?P<student>[^_]+(_LATE)?_\d{3,})_\d{3,}_",
    "Blackboard": r".*_(?P<student>[^_]+)_attempt_(?P<time>\d{4}(-\d\d){5})_?",
}


@dataclass(frozen=True)
class Sender:
    """Sender of a file, found from the path of the file in an export.

    ``called`` is the student's name in the export; empty if there is no name. ``number`` is Moodle's number of the
    participant, which distinguishes students of the same name. ``time`` is the time of submission (local time), or
    None. ``rest`` is the path of the file in the student's submission.
    """

    called: str
    rest: tuple
    number: str = ""
    time: datetime | None = None

    @property
    def student(self):
        """The student's name as a valid folder name: letters and digits of any script and ``. - _``."""
        return re.sub(r"[^\w.\-]+", "_", self.called).strip("._-")


def sender(parts, name, pattern=None):
    """Find out who sent a file.

    Parameters
    ----------
    parts : tuple of str
        Folders and file name, from the top of the export.
    name : str
        Name of the assignment, which is not part of a student's id.
    pattern : str, optional
        A regular expression with a group ``student``, for platforms that are not known here.

    Returns
    -------
    Sender
    """
    for known in [pattern] if pattern else PATTERNS.values():
        for index, part in enumerate(parts):
            if match := re.match(known, part):
                rest = tuple(filter(None, (part[match.end() :], *parts[index + 1 :]))) or (part,)
                return _from_match(match.groupdict(), rest)
    if pattern:
        return Sender("", parts)
    if len(parts) > 1:
        return Sender(_name(parts[0]), tuple(parts[1:]))
    stem, _, kind = parts[0].rpartition(".")
    if kind not in ("ipynb", "zip"):
        return Sender("", parts)
    return Sender(_name(re.sub(re.escape(name), "", stem, flags=re.IGNORECASE)).strip("._- "), parts)


def _name(text):
    """The name with each letter in one form: an é can be coded as one character or as two."""
    return unicodedata.normalize("NFC", text)


def _from_match(found, rest):
    time = datetime.strptime(found["time"], "%Y-%m-%d-%H-%M-%S") if found.get("time") else None
    return Sender(_name(re.sub(r"_LATE(?=_\d+$)", "", found["student"])), rest, found.get("number") or "", time)

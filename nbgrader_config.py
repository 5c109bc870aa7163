"""How nbgrader runs this course: read by ``course release / collect / grade / feedback / export`` and by nbgrader."""

from pathlib import Path

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.preprocessors import AssignLatePenalties, CheckCellMetadata, GetGrades, LimitOutput, SaveAutoGrades

from course_command.grading.execute import FencedExecute
from course_command.grading.feedback import HideHiddenTests

c = get_config()  # noqa: F821 (the loader of this file defines it)

c.CourseDirectory.course_id = "machine-learning-for-molecular-simulation"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"

c.ClearSolutions.code_stub = {
    "python": '# YOUR CODE HERE\nraise NotImplementedError("Your turn: replace this line with your own code.")'
}
c.ClearSolutions.text_stub = "*Your answer here.*"

c.FencedExecute.timeout = 60  # seconds of processor time for one cell
c.FencedExecute.total_seconds = 600  # and for one notebook
c.FencedExecute.patience = 10  # times as many seconds on the clock stop what sleeps or waits for ever
c.FencedExecute.memory_gb = 8
# What no submission may open (enforced on Linux).
PRIVATE = ("solutions", "submitted", "autograded", "feedback", "grades", "gradebook.db", ".git")
c.FencedExecute.closed = [str(Path(__file__).resolve().parent / name) for name in PRIVATE]
c.Autograde.autograde_preprocessors = [
    FencedExecute,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]
c.GenerateFeedback.preprocessors = [GetGrades, HideHiddenTests, CSSHTMLHeaderPreprocessor]

"""Files that are whole or not there: what was there before is respected."""

import os
import stat

import pytest

from course_lib.files import whole_file


def write(path, text=b"new"):
    with whole_file(path) as file:
        file.write(text)


def test_a_link_stays_a_link(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write(link)
    assert link.is_symlink() and target.read_bytes() == b"new"


@pytest.mark.skipif(os.name == "nt", reason="Windows knows only the one bit of the next test")
def test_the_rights_of_a_file_stay(tmp_path):
    path = tmp_path / "shared"
    path.write_bytes(b"old")
    path.chmod(0o664)
    write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o664 and path.read_bytes() == b"new"


def test_a_protected_file_is_not_replaced(tmp_path):
    path = tmp_path / "precious"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(PermissionError, match="precious is write-protected: take the protection off"):
        write(path)
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]

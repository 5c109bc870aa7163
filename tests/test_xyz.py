"""XYZ files as editors, other programs and packers leave them."""

import gzip

import numpy as np
import pytest

from course_lib.xyz import read_xyz

FRAME = '2\nProperties=species:S:1:pos:R:3 note="{note}"\nAr 0 0 {z}\nAr 0 0 4\n'
THREE = "".join(FRAME.format(note="é", z=n) for n in range(3))


@pytest.mark.parametrize(
    "written",
    [
        THREE.encode("utf-8-sig"),
        THREE.replace("é", "a\u2028b").encode(),
        THREE.replace("é", "a\x0cb\x0bc\x1cd\x85e").encode(),
        THREE.replace("\n", "\r\n").encode("latin-1"),
        THREE.replace("4\n", "4\nVEC1 9 0 0\n").encode(),
    ],
    ids=["byte order mark", "line separator", "form feed", "Windows", "cell of ADF"],
)
def test_all_frames_come_whatever_the_comment_holds(written, tmp_path):
    for name, content in (("a.xyz", written), ("a.xyz.gz", gzip.compress(written))):
        (tmp_path / name).write_bytes(content)
        assert np.array_equal([atoms.positions[0, 2] for atoms in read_xyz(tmp_path / name)], [0, 1, 2])


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (THREE.encode("utf-16"), "line 1 should be the number of atoms of frame 0"),
        (THREE[:-9].encode(), r"a\.xyz cannot be read as extended XYZ \(its last frame is cut off\): mend the file"),
        (THREE.replace("4\n2", "4\n\n2", 1).encode(), "line 5 should be the number of atoms of frame 1 and is ''"),
    ],
)
def test_what_cannot_be_read_whole_is_refused(written, sentence, tmp_path):
    (tmp_path / "a.xyz").write_bytes(written)
    with pytest.raises(ValueError, match=sentence):
        read_xyz(tmp_path / "a.xyz")
    (tmp_path / "a.xyz.gz").write_bytes(b"no gzip")
    with pytest.raises(ValueError, match=r"a\.xyz\.gz cannot be read as extended XYZ \(Not a gzipped file"):
        read_xyz(tmp_path / "a.xyz.gz")

"""The image is made in parts that are whole or not there; what is missing is said."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from labkit.errors import LabkitError, UnsupportedError
from labkit.kernel_box import emulator, image
from labkit.kernel_box.apt import Apt
from labkit.kernel_box.places import Places

pytestmark = pytest.mark.box


@pytest.fixture
def copy(places: Places, tmp_path: Path) -> Places:
    """A box of one's own, whose kernel need not be fetched again."""
    mine = Places(tmp_path / "box")
    shutil.copytree(places.kernel, mine.kernel, ignore=shutil.ignore_patterns("headers"))
    return mine


def test_only_what_is_missing_is_made(copy: Places) -> None:
    said: list[str] = []
    first = image.build(copy, said.append)
    assert said == ["Making the image"] and image.is_current(copy)
    assert image.build(copy, said.append) == first and said == ["Making the image"]
    (copy.image / "disk").unlink()
    assert not image.is_current(copy)
    image.build(copy, said.append)
    assert said == ["Making the image"] * 2 and image.is_current(copy)
    image.clean(copy)
    assert not copy.root.exists() and image.size(copy) == 0


def test_an_older_labkits_image_is_made_again(copy: Places) -> None:
    image.build(copy, lambda words: None)
    text = copy.manifest.read_text()
    copy.manifest.write_text(text.replace(image.manifest(copy)["recipe"], "older"))
    assert not image.is_current(copy)
    copy.manifest.write_text("{")
    assert image.manifest(copy) == {} and not image.is_current(copy)


def test_headers_name_the_place_where_they_stand(places: Places) -> None:
    makefiles = list((places.kernel / "headers" / "usr" / "src").glob("linux-headers-*/Makefile"))
    named = [
        line for path in makefiles for line in path.read_text().splitlines() if str(places.kernel.resolve()) in line
    ]
    assert named


def test_a_package_that_does_not_exist_is_told(tmp_path: Path) -> None:
    apt = Apt(tmp_path / "apt")
    apt.update(lambda words: None)
    assert apt.version("labkit-no-such-package") == ""
    with pytest.raises(LabkitError, match="does not have all of labkit-no-such-package"):
        apt.fetch(["labkit-no-such-package"], lambda words: None)


def test_without_an_apt_client_the_reason_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnsupportedError, match=r"apt-get here\.\nOn a system that is not Debian or Ubuntu"):
        image.build(Places(tmp_path / "box"), lambda words: None)
    with pytest.raises(UnsupportedError, match="labkit box build"):
        emulator.find(Places(tmp_path / "box"))

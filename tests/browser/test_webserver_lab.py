"""From a notebook in JupyterLab: a server is started, its link is clicked, and its page is there; then it is closed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.browser import jupyter

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.skipif(
        jupyter.CHROMIUM is None,
        reason="NOT TESTED in a browser: no chromium on PATH (sudo apt install chromium, or set CHROMIUM)",
    ),
]

CELLS = (
    "import labkit\n"
    "page = '<title>Ours</title><link rel=stylesheet href=s.css><p>served</p>'\n"
    "web = labkit.server('webserver', files={'index.html': page, 's.css': 'p{color:#010203}'})\nweb",
    "web.page('/')",
    "web.close()\nweb",
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, answers: Path) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("course")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "web.ipynb")
    with jupyter.serving(folder, tmp_path_factory.mktemp("lab"), answers) as found:
        yield found


def test_the_link_leads_to_the_page(browser: Any, address: str) -> None:
    with jupyter.opened(browser, address, "web.ipynb") as page:
        assert jupyter.run_through(page, "web.page")
        link = page.locator(".jp-OutputArea-output a[href^='http://127.0.0.1:']").first
        with page.context.expect_page() as opening:
            link.click()
        served = opening.value
        served.wait_for_load_state()
        assert (served.title(), served.text_content("p")) == ("Ours", "served")
        assert served.evaluate("getComputedStyle(document.querySelector('p')).color") == "rgb(1, 2, 3)"
        framed = page.frame_locator(".jp-OutputArea-output iframe").locator("p")
        assert framed.text_content() == "served"
        url = served.url
        assert jupyter.run_all(page) == []
        with pytest.raises(Exception, match="ERR_CONNECTION_REFUSED"):
            served.goto(url)
        served.close()

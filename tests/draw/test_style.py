"""A picture brings the rules that it can use, and no others; nothing it shows looks otherwise for it."""

import re

from labkit.draw.listing import draw_listing
from labkit.draw.style import CSS, needed


def test_every_class_in_use_keeps_its_rules():
    page = draw_listing("a.c", "int x; /* c */\n")._repr_html_()
    style = page[page.index("<style>") : page.index("</style>")]
    for name in set(re.findall(r'class="([\w -]+)"', page)) - {"lk lk-listing"}:
        for one in name.split():
            assert f".{one} " in style or f".{one}{{" in style or f".{one}," in style, one
    assert ".lk {" in style and ".zombie" not in style and ".lk-listing" in style


def test_a_page_with_all_classes_needs_all_rules():
    every = " ".join(re.findall(r"\.([a-z][\w-]*)", CSS))
    assert needed(CSS, f'<p class="{every}">').strip() == CSS.strip()


def test_no_class_no_rule_but_those_without():
    assert needed("p { x: 1 }\n.a p { x: 2 }\n", "<p>") == "p { x: 1 }\n"
    assert needed(".a { x: 1 }", "<p class='a'>") == ".a { x: 1 }"

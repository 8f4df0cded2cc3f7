"""Blocks of text: what they hold comes out as it is, in Markdown and in plain text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rnn_conformance.reports import markup
from pytest_rnn_conformance.reports.markup import Heading, Listing, Paragraph, Table, Verbatim

ANY = st.text(st.characters(), max_size=80)


def test_a_page_in_markdown():
    blocks = [
        Heading("Points", 1),
        Paragraph("3.5 of 5 points."),
        Table(("Group", "Points"), (("a | b", "1"),)),
        Listing((("forward.values", "0 of 1_0"),)),
        Verbatim("x = 1\n\ty"),
    ]

    assert markup.markdown(blocks) == (
        "# Points\n\n3.5 of 5 points.\n\n| Group | Points |\n| --- | --- |\n| a \\| b | 1 |\n\n"
        "- `forward.values`: 0 of 1\\_0\n\n```text\nx = 1\n\ty\n```\n"
    )


def test_a_page_in_plain_text():
    blocks = [
        Heading("Points", 1),
        Table(("Group", "Points"), (("a | b", "1"),)),
        Listing((("forward.values", "0 of 1_0"),)),
        Verbatim("x = 1\n\ty"),
    ]

    assert markup.plain(blocks) == (
        "Points\n======\n\nGroup  Points\na | b  1\n\n- forward.values: 0 of 1_0\n\n    x = 1\n    \ty\n"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# no heading", "\\# no heading"),
        ("1. no list", "1\\. no list"),
        ("1.5 of 2", "1.5 of 2"),
        ("- no list", "\\- no list"),
        ("-1 point", "-1 point"),
        ("---", "\\---"),
        ("<img src=x>", "\\<img src=x\\>"),
        ("[a](b) $x$ &lt;", "\\[a\\](b) \\$x\\$ \\&lt;"),
        ("two\nlines", "two lines"),
    ],
)
def test_what_markdown_would_obey_is_escaped(text, shown):
    assert markup.escaped(text) == shown


def test_a_fence_cannot_be_closed_from_within():
    fence = markup.fenced("```\n# heading\n`````").partition("text")[0]

    assert fence == "``````"


@given(ANY)
def test_verbatim_text_stays_in_its_fence(text):
    shown = markup.in_markdown(Verbatim(text))
    first, *within, last = shown.split("\n")

    assert last == first.removesuffix("text")
    assert not any(line.strip().startswith(last) for line in within)


@given(ANY)
def test_clean_text_fits_into_every_format(text):
    cleaned = markup.clean(text)

    cleaned.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]", cleaned)
    assert markup.clean(cleaned) == cleaned


@given(ANY)
def test_a_paragraph_is_one_line_of_markdown(text):
    assert "\n" not in markup.escaped(text)


def test_a_text_is_cut_with_a_note():
    assert markup.shortened("x" * 50, 50) == "x" * 50
    assert markup.shortened("x" * 51, 50) == "x" * 24 + "\n... (the rest is cut off)"
    assert len(markup.shortened("x" * 51, 50)) <= 50

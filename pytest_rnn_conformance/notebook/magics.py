"""IPython's own lines of a cell: taken out, so that Python with the same line numbers is left."""

from __future__ import annotations

import ast
import re
import textwrap

PYTHON_CELLS = frozenset({"capture", "prun", "time", "timeit"})
"""The cell magics whose cell is Python all the same."""

CELL = re.compile(r"\s*%%(\w*)")
LINE = re.compile(r"(\s*)(?:[%!?]|[\w.*]+\?{1,2}\s*;?\s*$)")
ASSIGNED = re.compile(r"(\s*[A-Za-z_][\w., \[\]'\"]*=\s*)[%!]")


def without_magics(source: str) -> str:
    """Return a cell's Python: `%...`, `!...` and `...?` do nothing, `%%bash` and the like empty the cell.

    A line is taken for magic only where Python cannot read it: one that begins with `%` inside a string
    or a longer expression stays. What `x = !ls` assigns is the value of a call, as IPython has it.
    """
    lines = re.split(r"\r\n?|\n", source)
    lines = textwrap.dedent("\n".join(lines)).split("\n")
    for number, line in enumerate(lines):
        magic = CELL.match(line)
        if magic is None and line.strip():
            break
        if magic is not None and magic[1] not in PYTHON_CELLS:
            return "\n" * (len(lines) - 1)
        lines[number] = ""
    while (place := unreadable(lines)) is not None and take_out(lines, place):
        pass
    return "\n".join(lines)


def unreadable(lines: list[str]) -> int | None:
    """Return the index of the line that Python cannot read; None: it can read all."""
    try:
        ast.parse("\n".join(lines))
    except SyntaxError as error:
        return (error.lineno or 0) - 1
    except ValueError:  # a null character, which no line of magic explains
        return -1
    return None


def take_out(lines: list[str], number: int) -> bool:
    """Replace a line of magic, and the lines that continue it, by Python; False: it is none."""
    line = lines[number] if 0 <= number < len(lines) else ""
    assigned, magic = ASSIGNED.match(line), LINE.match(line)
    if assigned is None and magic is None:
        return False
    lines[number] = f"{assigned[1]}get_ipython()" if assigned else f"{magic[1] if magic else ''}pass"
    while line.endswith("\\") and number + 1 < len(lines):
        number += 1
        line, lines[number] = lines[number], ""
    return True

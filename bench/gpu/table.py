"""What the steps found, as Markdown and as JSON."""

import dataclasses
import json
import time

PASSED, FAILED, MISSED, SKIPPED = "passed", "FAILED", "aim missed", "not run"
COLUMNS = ("step", "what", "server", "beside it", "ratio", "aim", "")


@dataclasses.dataclass
class Row:
    """One line. `server` and `beside` are texts or numbers, the ratio is of the two unless it is given."""

    step: str
    what: str
    server: object = ""
    beside: object = ""
    ratio: object = ""
    aim: str = ""
    verdict: str = PASSED

    def cells(self):
        return [self.step, self.what, *map(number, (self.server, self.beside, self.ratio)), self.aim, self.verdict]


def number(value):
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


class Table:
    """The rows so far, and what they were measured on."""

    def __init__(self, title, **machine):
        self.title = title
        self.machine = {"date": time.strftime("%Y-%m-%d"), **machine}
        self.rows = []

    def add(self, step, what, **cells):
        self.rows.append(Row(step, what, **cells))

    def compare(self, step, what, server, bare, aim=None):
        """A row with the ratio of two rates; with an aim it says whether that is met."""
        ratio = server / bare if bare else 0.0
        met = aim is None or ratio >= aim
        text = "" if aim is None else f">= {aim:g}"
        self.add(step, what, server=server, beside=bare, ratio=ratio, aim=text, verdict=PASSED if met else MISSED)

    def is_good(self):
        return all(row.verdict in (PASSED, SKIPPED) for row in self.rows) and any(
            row.verdict == PASSED for row in self.rows
        )

    def markdown(self):
        machine = ", ".join(f"{name} {value}" for name, value in self.machine.items() if value)
        lines = [f"{self.title} ({machine}):", "", line(COLUMNS), "|---|---|---:|---:|---:|---|---|"]
        return "\n".join([*lines, *(line(row.cells()) for row in self.rows)]) + "\n"

    def json(self):
        rows = [dataclasses.asdict(row) for row in self.rows]
        return json.dumps({"title": self.title, "machine": self.machine, "rows": rows}, indent=1) + "\n"

    def write(self, folder):
        (folder / "table.md").write_text(self.markdown())
        (folder / "table.json").write_text(self.json())


def line(cells):
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"

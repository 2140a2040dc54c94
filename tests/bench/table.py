"""The table that benchmarks print: what was measured, figure, goal, verdict."""
from dataclasses import dataclass

MET, MISSED, FAILED, SHOWN = "met", "MISSED", "FAILED", ""


@dataclass
class Row:
    what: str
    figure: str
    goal: str = ""
    verdict: str = SHOWN

    def __str__(self):
        return f"{self.what:66} {self.figure:>16}   {self.goal:24} {self.verdict}".rstrip()


class Table:
    def __init__(self):
        self.lines = []  # rows, notes and headings, in order

    def heading(self, text):
        self._add(f"\n--- {text}")

    def row(self, what, figure, unit, at_most=None, at_least=None):
        """One figure; without a limit it is shown for what it is.

        A unit that begins with "of" or "x" is that of a ratio."""
        digits = 2 if unit.startswith(("of ", "x")) or abs(figure) < 10 else 1
        goal, verdict = "", SHOWN
        if at_most is not None:
            goal, verdict = f"at most {at_most:g} {unit}", MET if figure <= at_most else MISSED
        elif at_least is not None:
            goal, verdict = f"at least {at_least:g} {unit}", MET if figure >= at_least else MISSED
        self._add(Row(what, f"{figure:.{digits}f} {unit}", goal, verdict))

    def failed(self, what, why):
        """What could not be measured."""
        self._add(Row(what, "none", "", FAILED))
        self.note(why)

    def note(self, text):
        self._add(f"    {text}")

    def summary(self):
        count = {verdict: sum(row.verdict == verdict for row in self.rows)
                 for verdict in (MET, MISSED, FAILED)}
        return (f"{sum(count.values())} goals: {count[MET]} met, {count[MISSED]} missed, "
                f"{count[FAILED]} not measured")

    @property
    def rows(self):
        return [line for line in self.lines if isinstance(line, Row)]

    @property
    def all_met(self):
        return all(row.verdict in (MET, SHOWN) for row in self.rows)

    def _add(self, line):
        self.lines.append(line)
        print(line, flush=True)

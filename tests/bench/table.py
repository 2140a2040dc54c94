"""The table that benchmarks print: goal, figure, what it should be, verdict."""


class Table:
    def __init__(self):
        self.all_met = True

    def row(self, goal, figure, unit, at_most=None, at_least=None):
        """One figure; without a limit there is nothing to meet."""
        digits = 2 if unit == "of raw" else 1
        if at_most is not None:
            wanted, met = f"at most {at_most:g} {unit}", figure <= at_most
        elif at_least is not None:
            wanted, met = f"at least {at_least:g} {unit}", figure >= at_least
        else:
            wanted, met = "", None
        self._line(goal, f"{figure:.{digits}f} {unit}", wanted,
                   {True: "met", False: "MISSED", None: ""}[met])
        self.all_met &= met is not False

    def failed(self, goal, why):
        """What could not be measured."""
        self._line(goal, "none", "", "FAILED")
        self.note(why)
        self.all_met = False

    @staticmethod
    def note(text):
        print(f"    {text}", flush=True)

    @staticmethod
    def _line(goal, figure, wanted, verdict):
        print(f"{goal:62} {figure:>12}   {wanted:18} {verdict}".rstrip(), flush=True)

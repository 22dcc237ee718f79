"""Runs test cases inside Krita and writes verdicts.json after each one: a crash leaves the rest."""
import json
import os
import time
import unittest

from krita_port import dock, krita, pump, session


class Verdicts(unittest.TextTestResult):
    """Notes "crashed" before a test and the truth after it."""

    out = None

    def startTest(self, test):  # noqa: N802 - unittest's name
        super().startTest(test)
        self._begun = time.monotonic()
        self._note(test, "crashed")

    def stopTest(self, test):  # noqa: N802
        super().stopTest(test)
        print(f"    {time.monotonic() - self._begun:.1f} s")
        bad = [text for one, text in self.failures + self.errors if one is test or getattr(one, "test_case", None) is test]
        skipped = [reason for one, reason in self.skipped if one is test]
        self._note(test, bad[-1] if bad else f"skipped: {skipped[0]}" if skipped else "ok")

    def _note(self, test, verdict):
        path = self.out / "verdicts.json"
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        known[test.id().split(".", 1)[1]] = verdict
        path.write_text(json.dumps(known, indent=1), encoding="utf-8")


def run(out, *cases):
    """Run all tests of the cases, or those whose name holds RECRAFT_ONLY (several parts with | between)."""
    dock().setVisible(True)
    pump(lambda: session().state.offline is not None, 60)
    krita().setBatchmode(True)
    Verdicts.out = out
    only = os.environ.get("RECRAFT_ONLY", "")
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{part}*" for part in only.split("|")] if only else None
    suite = unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in cases)
    unittest.TextTestRunner(resultclass=Verdicts, verbosity=2).run(suite)
    (out / "version.txt").write_text(krita().version(), encoding="utf-8")
    session().session.stop()

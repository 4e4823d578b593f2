import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have to tell also when they pass, in whichever process they ran."""
    for report in (each for outcome in ("passed", "failed") for each in terminalreporter.stats.get(outcome, ())):
        for name, text in report.user_properties:
            terminalreporter.section(f"{report.nodeid}: {name}")
            terminalreporter.write_line(str(text))

"""Write docs/errors.md from the rules.

Run it with ``uv run python docs/errors.py``; a test fails when the page is not what this would write.
"""

from pathlib import Path

from naws.cli.rules import reference

PAGE = Path(__file__).with_name("errors.md")

if __name__ == "__main__":
    PAGE.write_text(reference())
    print(f"{PAGE.name}: {reference().count('## NAWS-')} rules")

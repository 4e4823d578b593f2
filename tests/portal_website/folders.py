"""The folders that the tests publish."""

from pathlib import Path

SITES = Path(__file__).parent / "sites"
SHOP, PAGES = str(SITES / "shop"), str(SITES / "pages")

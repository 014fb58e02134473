"""``python -m services.feeds``: run the feeds service."""

from dateline.stage.service import main
from services.feeds.app import start

if __name__ == "__main__":
    main("feeds", start)

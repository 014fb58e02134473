"""``python -m services.web``: run the HTTP door."""

from dateline.stage.service import main
from services.web.app import start

if __name__ == "__main__":
    main("web", start)

"""``python -m services.publish``: run the publish service."""

from dateline.stage.service import main
from services.publish.app import start

if __name__ == "__main__":
    main("publish", start)

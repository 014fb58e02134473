"""``python -m services.ingest``: run the ingest service."""

from dateline.stage.service import main
from services.ingest.app import start

if __name__ == "__main__":
    main("ingest", start)

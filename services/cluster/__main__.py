"""``python -m services.cluster``: run the cluster service."""

from dateline.stage.service import main
from services.cluster.app import start

if __name__ == "__main__":
    main("cluster", start)
